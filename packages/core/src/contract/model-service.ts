// The seam: the one interface between the host and its adapters. The host and every client implement it.
import type { Grant, GrantOptions } from "./grant.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { ModelFile } from "./model-file.ts";
import type { Page, Run, RunEvent, RunFilter } from "./run.ts";
import type { RunMetrics, RunMetricsOptions } from "./run-metrics.ts";
import type { ServiceStats, ServiceStatus } from "./service-stats.ts";
import type { Metrics, ModelVersions, PromotionRule } from "./weights.ts";

/** The authenticated caller, as an adapter reports it. */
export interface Caller {
  readonly id: string;
  /** What the caller may do, for `withAccess`: `NAME` or `NAME@MODEL`. Models never see it. */
  readonly scopes?: readonly string[];
  /**
   * Aborted when the credentials of the caller end, with a DeepaasError `unauthenticated` as its reason. The calls of the caller
   * that are under way, watches and streams included, reject with it. Models never see it.
   */
  readonly signal?: AbortSignal;
}

/** The part of a `Caller` that models and runs see. */
export type CallerId = Pick<Caller, "id">;

export interface CallOptions {
  /** Goes into the log with everything that the call causes. Default: generated when something needs it. */
  readonly requestId?: string;
  /** W3C Trace Context of the call: passed to the observer and to the next server. */
  readonly traceparent?: string;
  /** Aborting it ends the call: it rejects `cancelled`, and the model's signal is aborted. */
  readonly signal?: AbortSignal;
  readonly caller?: Caller;
  /** In milliseconds; then the call rejects `deadline_exceeded`. Default: the host's limit, or none. */
  readonly timeoutMs?: number;
  /** `predict` and `predictStream` call it with the number of the weights version that answers, before the first result. */
  readonly onVersion?: (version: number) => void;
}

/** The author's metadata, with missing members filled in. Further members are kept. */
export interface ModelMetadata {
  /** The name under which the model is served, and the `model` of every other method. */
  readonly servedAs: string;
  /** The number of the weights version that is served; 0 is the shipped one. */
  readonly weightsVersion: number;
  readonly id: JsonValue;
  readonly name: JsonValue;
  readonly description: JsonValue;
  readonly [key: string]: JsonValue;
}

/** A JSON Schema (2020-12) of an object with an explicit `required`, made from the fields of a model. */
export interface ObjectSchema {
  readonly type: "object";
  readonly properties: Readonly<Record<string, JsonObject>>;
  readonly required: readonly string[];
}

/** Everything that an adapter or a client needs to know about a model. Plain JSON. */
export interface ModelDescription {
  readonly metadata: ModelMetadata;
  readonly predictArgs: ObjectSchema;
  readonly trainArgs: ObjectSchema;
  /** Schema of the result of `predict`. Null if the model declares none. */
  readonly response: JsonObject | null;
  /** The optional members that the model has; a missing one answers `not_implemented`. */
  readonly has: {
    readonly predict: boolean;
    readonly predictBatch: boolean;
    readonly predictStream: boolean;
    readonly train: boolean;
  };
  /** "never": a run whose worker or server died fails instead of starting another attempt. */
  readonly resume: "auto" | "never";
  /** Labels that a node must have to train the model. Absent: none. */
  readonly needs?: readonly string[];
  /** Whether weights that a run has published are served. */
  readonly promote: PromotionRule;
  /** The metrics of the shipped weights. */
  readonly shippedMetrics: Metrics;
  /** The scopes that the caller has for the model. Absent if the service has no access policy: then everybody may do everything. */
  readonly may?: readonly string[];
}

/** Any method rejects `not_found` for an unknown model or run, and `unavailable` while the service is closing. */
export interface ModelService {
  /** Unlike the other methods it also answers while the service is closing. */
  status(options?: CallOptions): Promise<ServiceStatus>;
  /** Returns what the service is doing: the calls of each model and how long they took, the workers, the store. */
  stats(options?: CallOptions): Promise<ServiceStats>;
  models(options?: CallOptions): Promise<readonly ModelMetadata[]>;
  describe(model: string, options?: CallOptions): Promise<ModelDescription>;
  /** Returns a JSON value or a `ModelFile`. Rejects `invalid_args`, `not_implemented`, `invalid_response`, `internal`, … */
  predict(model: string, args: unknown, options?: CallOptions): Promise<JsonValue | ModelFile>;
  predictStream(model: string, args: unknown, options?: CallOptions): AsyncIterable<JsonValue>;
  /** Idempotent by `runId`: the same id and arguments return the same run; other arguments reject `already_exists`. */
  train(model: string, args: unknown, options?: CallOptions & { readonly runId?: string }): Promise<Run>;
  run(id: string, options?: CallOptions): Promise<Run>;
  runs(filter?: RunFilter, options?: CallOptions): Promise<Page<Run>>;
  /** Requests the end of the run; its log shows how it ended. An ended run does not change. */
  cancel(id: string, options?: CallOptions): Promise<Run>;
  /** Removes an ended run. Rejects `failed_precondition` for any other. */
  remove(id: string, options?: CallOptions): Promise<void>;
  /**
   * Returns the events after `after`, and new ones until a terminal event. A lost connection rejects `unavailable`. Without
   * `after` it starts at the first event of the log. A cursor outside of the log rejects `out_of_range`.
   */
  watch(id: string, options?: CallOptions & { readonly after?: number }): AsyncIterable<RunEvent>;
  /**
   * Returns the metrics of a run as curves of at most `points` values each, whatever the length of the log: all values, or if
   * there are more, the first and the last one, and the smallest and the largest one of each of many equal parts of the log.
   * NaN counts as larger than any number. A watch with `after: lastSeq` continues.
   */
  metrics(id: string, options?: CallOptions & RunMetricsOptions): Promise<RunMetrics>;
  artifact(id: string, name: string, options?: CallOptions): Promise<ModelFile>;
  /**
   * Returns a token with which its holder may read this run until it expires, and nothing else. It ends with the credentials of
   * the caller, too. Rejects `not_implemented` if the service has no access policy that makes grants.
   */
  grant(id: string, options: CallOptions & GrantOptions): Promise<Grant>;
  /** Returns the versions of the model's weights, and which one is served. */
  versions(model: string, options?: CallOptions): Promise<ModelVersions>;
  /**
   * Serves another version of the weights; 0 are the shipped ones. Resolves when no new predict is answered by the previous
   * version; no call is dropped. Rejects `not_found` for an unknown version and `failed_precondition` for one that cannot be
   * loaded; then the previous one goes on.
   */
  serveVersion(model: string, version: number, options?: CallOptions): Promise<ModelVersions>;
  /** Removes a version and its file. Rejects `failed_precondition` for version 0 and for the one that is served. */
  removeVersion(model: string, version: number, options?: CallOptions): Promise<void>;
}
