// The recorded exchanges, as `scripts/make-transcripts.ts` writes them.
import { readdirSync, readFileSync } from "node:fs";

/** Text; with its long runs counted, `["/?text=", ["q", 7000]]`; or bytes. */
export type Packed = string | readonly (string | readonly [string, number])[] | { readonly base64: string };

export interface RecordedRequest {
  readonly method: string;
  readonly path: Packed;
  readonly http?: "1.0";
  readonly headers: Readonly<Record<string, Packed>>;
  readonly body?: Packed;
}

export interface Exchange {
  readonly title: string;
  /** Trainings that were started without being recorded, under the recorded id. */
  readonly given?: readonly { readonly query: string; readonly as: string; readonly ended: boolean }[];
  readonly request: RecordedRequest | { readonly raw: string };
  /** Null: the Python server never answered. */
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Packed;
  } | null;
}

/** Exchanges with one server. */
export interface Section {
  readonly title: string;
  readonly exchanges: readonly Exchange[];
}

export interface Transcript {
  readonly name: string;
  readonly sections: readonly Section[];
}

const folder = new URL("./fixtures/transcripts/", import.meta.url);

export function transcripts(): readonly Transcript[] {
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const { sections } = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Transcript;
      return { name: file.replace(/\.json$/, ""), sections };
    });
}

export function unpacked(packed: Packed): Buffer {
  if (typeof packed === "string") return Buffer.from(packed);
  if ("base64" in packed) return Buffer.from(packed.base64, "base64");
  return Buffer.from(packed.map((piece) => (typeof piece === "string" ? piece : piece[0].repeat(piece[1]))).join(""));
}

/** The path, or what was sent instead of a request. */
export function pathOf({ request }: Exchange): string {
  return "raw" in request ? request.raw : unpacked(request.path).toString();
}
