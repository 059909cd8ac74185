// Every message of the protocol; PROTOCOL.md says what each one means. Here a file is a `ModelFile`; on the pipe there is
// null in its place and an entry in the message's `files` (message-files.ts).
import type { CallerId, ErrorData, JsonValue, LogLevel, ModelFile, ProgressFact, PublishOptions } from "@deepaas/core";
import type { ModelDeclaration, Outcome, VersionFile } from "@deepaas/core/ports";

export const protocolVersion = 1;

type Args = Readonly<Record<string, unknown>>;

export interface StartMessage {
  readonly type: "start";
  readonly protocol: number;
  /** Name to path of the module. */
  readonly models: Readonly<Record<string, string>>;
  /** A model that is not in it is warmed with its shipped weights. */
  readonly weights: Readonly<Record<string, VersionFile>>;
  /** The worker runs predicts one after the other, in the order in which they arrive. Default false: at the same time. */
  readonly oneByOne?: boolean;
  /** The worker sends `loaded`. Default false. */
  readonly reportFiles?: boolean;
  /** URL or absolute path of a module that exports a `ModelObserver`; loaded before the models. Default none. */
  readonly observer?: string;
}

/**
 * What each model was loaded from: absolute path to the SHA-256 of the content in hexadecimal, empty for a file that is
 * missing.
 */
export type FilesByModel = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What the messages that start a call have in common. */
interface CallStart {
  readonly id: number;
  readonly model: string;
  /** W3C Trace Context. */
  readonly traceparent?: string | undefined;
}

export interface PredictMessage extends CallStart {
  readonly type: "predict" | "stream";
  readonly requestId: string;
  readonly caller?: CallerId | undefined;
  readonly args: Args;
  /** Sent while the worker had a predict. */
  readonly ahead?: true;
}

export interface PredictBatchMessage extends CallStart {
  readonly type: "predictBatch";
  readonly requestId: string;
  /** In the order of `argsList`; null for a caller who is not authenticated. */
  readonly callers: readonly (CallerId | null)[];
  readonly argsList: readonly Args[];
}

export interface TrainMessage extends CallStart {
  readonly type: "train";
  readonly runId: string;
  readonly attempt: number;
  /** The owner of the run. */
  readonly caller?: CallerId | undefined;
  readonly args: Args;
  readonly resumeFrom: { readonly step: number; readonly data?: JsonValue; readonly file?: ModelFile } | null;
}

export interface ReloadMessage {
  readonly type: "reload";
  readonly id: number;
  readonly model: string;
  /** null: the shipped weights. */
  readonly weights: VersionFile | null;
}

export type ToWorker =
  | StartMessage
  | PredictMessage
  | PredictBatchMessage
  | { readonly type: "next" | "return"; readonly id: number }
  | TrainMessage
  | { readonly type: "saved"; readonly id: number; readonly n: number; readonly error?: ErrorData }
  | { readonly type: "abort"; readonly id: number; readonly error: ErrorData }
  | ReloadMessage
  | { readonly type: "close" };

/** What a training hands over to be stored. */
export type SaveRequest =
  | { readonly what: "checkpoint"; readonly step: number; readonly data?: JsonValue; readonly file?: ModelFile }
  | { readonly what: "artifact"; readonly name: string; readonly file: ModelFile }
  | { readonly what: "publish"; readonly file: ModelFile; readonly options: PublishOptions };

export type SaveMessage = { readonly type: "save"; readonly id: number; readonly n: number } & SaveRequest;

export interface ServerLogMessage {
  readonly type: "serverLog";
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly error?: { readonly name: string; readonly message: string; readonly stack?: string };
}

export interface ReadyMessage {
  readonly type: "ready";
  readonly protocol: number;
  readonly models: Readonly<Record<string, ModelDeclaration>>;
  /** Memory that the worker uses now. */
  readonly rssBytes?: number;
  /** It keeps to `oneByOne`, and reports when it begins a call that was sent `ahead`. Default false: none is sent ahead. */
  readonly takesAhead?: boolean;
}

export type FromWorker =
  | ReadyMessage
  /** Sent before `ready` or `failed`, and again if more was loaded since. */
  | { readonly type: "loaded"; readonly models: FilesByModel }
  /** A predict that was sent ahead begins. Until then nothing of it has run. */
  | { readonly type: "begun"; readonly id: number }
  | { readonly type: "failed"; readonly message: string }
  /** `version`: of the weights; absent for a training. */
  | { readonly type: "outcome"; readonly id: number; readonly outcome: Outcome; readonly version?: number }
  | { readonly type: "outcomes"; readonly id: number; readonly outcomes: readonly Outcome[]; readonly version?: number }
  | { readonly type: "item"; readonly id: number; readonly outcome: Outcome; readonly version?: number }
  | { readonly type: "end"; readonly id: number }
  | { readonly type: "report"; readonly id: number; readonly progress: ProgressFact }
  | { readonly type: "log"; readonly id: number; readonly text: string; readonly level: LogLevel }
  | SaveMessage
  | ServerLogMessage;
