// What `deepaas check` finds.

export type CheckName =
  | "import"
  | "contract"
  | "warm"
  | "memory"
  | "output"
  | "metadata"
  | "fields"
  | "schema"
  | "examples"
  | "worker"
  | "predict"
  | "result"
  | "isolation"
  | "arguments"
  | "train"
  | "close";

/** `error`: the model cannot be served, or its calls fail. `skipped`: it could not or should not be checked. */
export type Status = "ok" | "warning" | "error" | "skipped";

export interface Finding {
  readonly check: CheckName;
  readonly status: Status;
  /** The member at fault, and the JSON Pointer in it if there is one: `getPredictArgs /image/format`. May be empty. */
  readonly place: string;
  /** One line. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

export function ok(check: CheckName, message: string, place = ""): Finding {
  return { check, status: "ok", place, message };
}

export function skipped(check: CheckName, message: string): Finding {
  return { check, status: "skipped", place: "", message };
}

/** Returns a member and a pointer in it as one text. */
export function placeOf(member: string, pointer: string): string {
  return pointer === "" ? member : `${member} ${pointer}`;
}

/** Milliseconds in the unit that people use: `12 ms`, `3.4 s`. */
export function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

export function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576).toLocaleString("en-US")} MiB`;
}
