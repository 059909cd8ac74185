// Every message of the protocol; PROTOCOL.md says what each means. A file in a message is null in its place, and its
// description lies in `files`.
import type { ErrorData, JsonValue, LogLevel, ModelDescription, ProgressFact } from "@deepaas/core";
import type { Outcome } from "@deepaas/core/ports";

export const protocolVersion = 1;

type Args = Readonly<Record<string, unknown>>;

export interface JobMessage {
  readonly runId: string;
  readonly attempt: number;
  readonly resumeFrom: { readonly step: number; readonly data?: JsonValue; readonly file?: unknown } | null;
}

/** What follows the answer to a `keep`: nothing, or why it could not be kept. */
export type ToWorker =
  | {
      readonly type: "start";
      readonly protocol: number;
      readonly models: Readonly<Record<string, string>>;
      readonly published: Readonly<Record<string, unknown>>;
    }
  | {
      readonly type: "predict";
      readonly id: number;
      readonly model: string;
      readonly requestId: string;
      readonly args: Args;
    }
  | {
      readonly type: "predictBatch";
      readonly id: number;
      readonly model: string;
      readonly requestId: string;
      readonly argsList: readonly Args[];
    }
  | {
      readonly type: "stream";
      readonly id: number;
      readonly model: string;
      readonly requestId: string;
      readonly args: Args;
    }
  | { readonly type: "next"; readonly id: number }
  | { readonly type: "leave"; readonly id: number }
  | ({ readonly type: "train"; readonly id: number; readonly model: string; readonly args: Args } & JobMessage)
  | { readonly type: "kept"; readonly id: number; readonly n: number; readonly error?: ErrorData }
  | { readonly type: "abort"; readonly id: number; readonly error: ErrorData }
  | { readonly type: "reload"; readonly id: number; readonly model: string; readonly published: unknown }
  | { readonly type: "close" };

export type Kept =
  | { readonly what: "checkpoint"; readonly step: number; readonly data?: JsonValue; readonly file?: unknown }
  | { readonly what: "artifact"; readonly name: string; readonly file: unknown }
  | { readonly what: "publish"; readonly file: unknown };

export type FromWorker =
  | {
      readonly type: "ready";
      readonly protocol: number;
      readonly models: Readonly<Record<string, ModelDescription>>;
      /** The models that take new weights while they serve. */
      readonly reloads: readonly string[];
      /** What it holds now. */
      readonly rssBytes?: number;
    }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "outcome"; readonly id: number; readonly outcome: Outcome }
  | { readonly type: "outcomes"; readonly id: number; readonly outcomes: readonly Outcome[] }
  | { readonly type: "part"; readonly id: number; readonly outcome: Outcome }
  | { readonly type: "end"; readonly id: number }
  | { readonly type: "report"; readonly id: number; readonly progress: ProgressFact }
  | { readonly type: "log"; readonly id: number; readonly text: string; readonly level: LogLevel }
  | ({ readonly type: "keep"; readonly id: number; readonly n: number } & Kept)
  | {
      readonly type: "say";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
      readonly error?: { readonly name: string; readonly message: string; readonly stack?: string };
    };
