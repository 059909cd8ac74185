// What the host needs below it. An implementation of one of these is a driver; `@deepaas/conformance` has their suites.
import type { ErrorData } from "../deepaas-error.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import type { Checkpoint, TrainContext } from "../model.ts";
import type { ModelFile } from "../model-file.ts";
import type { ModelDescription } from "../model-service.ts";
import type { Page, Run, RunEvent, RunFact, RunFilter } from "../run.ts";

/** An outcome crosses processes as data: an Error would lose its fields on the way. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: ErrorData };

/** A call on its way into a model. The signal is made only when somebody asks for it. */
export interface ExecutorCall {
  readonly requestId: string;
  readonly signal: AbortSignal;
}

export interface TrainJob {
  readonly runId: string;
  readonly model: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly attempt: number;
  readonly resumeFrom: Checkpoint | undefined;
}

/** Where a training's reports go, and what stops it. */
export type TrainCall = Pick<TrainContext, "signal" | "report" | "log" | "checkpoint" | "artifact" | "publish"> & {
  /** How long after the abort the work may go on before it is killed, where it can be. */
  readonly graceMs: number;
};

export interface ExecutorStatus {
  readonly state: "warming" | "ready" | "degraded" | "closed";
  readonly reasons: readonly string[];
}

/** Where model code runs: inline, in child processes, later in Python. */
export interface Executor {
  /** Models run in this very process: a death of the server may be their doing. Default false. */
  readonly inline?: boolean;
  /** Calls that can really run at once. */
  readonly slots: { readonly predict: number; readonly train: number };
  /** Rejects, naming the model, when one cannot be warmed. `published`: the newest weights of each model that has some. */
  warm(options: {
    readonly signal: AbortSignal;
    readonly published: (model: string) => Promise<ModelFile | undefined>;
  }): Promise<Readonly<Record<string, ModelDescription>>>;
  status(): ExecutorStatus;
  predict(model: string, args: Readonly<Record<string, unknown>>, call: ExecutorCall): Promise<Outcome>;
  /** One outcome for each of `argsList`, in order. */
  predictBatch(
    model: string,
    argsList: readonly Readonly<Record<string, unknown>>[],
    call: ExecutorCall,
  ): Promise<readonly Outcome[]>;
  /** Ends after an outcome that is not `ok`. */
  predictStream(model: string, args: Readonly<Record<string, unknown>>, call: ExecutorCall): AsyncIterable<Outcome>;
  /** Settles only when the work has stopped. A worker that died is `worker_lost`. */
  train(job: TrainJob, call: TrainCall): Promise<Outcome>;
  /** New weights, one worker at a time, no call dropped. */
  refresh(model: string, published: ModelFile): Promise<void>;
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

/** Which node runs which run, when. */
export interface RunEngine {
  /** Idempotent by `runId`. */
  submit(run: { readonly runId: string; readonly model: string }): Promise<void>;
  /** Aborts the run's signal if it is being handled; forgets it if it waits. */
  cancel(runId: string): Promise<void>;
  /** `handle` is the host's run desk; at most `slots` are handled at once. */
  process(handle: (runId: string, signal: AbortSignal) => Promise<void>, options: { readonly slots: number }): void;
  /** Aborts what is being handled with the reason `unavailable` and waits until it has stopped. */
  close(): Promise<void>;
}

/** A blob that the store keeps with a run. */
export interface BlobRef {
  readonly id: string;
  readonly size: number;
  readonly contentType: string;
  readonly originalFilename?: string;
  /** Of its content, in hex, from a store that knows it: then nothing is read again to compare it. */
  readonly sha256?: string;
}

export interface BlobStore {
  put(source: ModelFile): Promise<BlobRef>;
  /** Rejects `not_found`. */
  get(ref: BlobRef): Promise<ModelFile>;
  /** Nothing happens when it is gone already. */
  delete(ref: BlobRef): Promise<void>;
  /** Deletes what an earlier process put and nothing refers to: it died between the two. Called once, after the start. */
  sweep?(isKept: (id: string) => Promise<boolean>): Promise<void>;
}

/** What lies beside a run's public arguments: secrets in plain, files in the `BlobStore`. */
export interface PrivateArgs {
  readonly secrets: JsonObject;
  readonly files: Readonly<Record<string, BlobRef | readonly BlobRef[]>>;
}

export interface NewRun {
  readonly id: string;
  readonly model: string;
  /** As everyone may see them. */
  readonly args: JsonObject;
  readonly private: PrivateArgs;
  /** Equal for equal arguments, secrets and files included; tells nothing about them. */
  readonly fingerprint: string;
}

/** A fact with what is kept beside it but not shown in the log. */
export interface RunEntry {
  readonly fact: RunFact;
  /** Of a checkpoint, an artifact, or published weights. */
  readonly blob?: BlobRef;
  /** Of a checkpoint. */
  readonly data?: JsonValue;
  /** Of a checkpoint: the model's. */
  readonly version?: string;
  /** Of a `lost`: false when it says nothing about the model (a shutdown). Default true. */
  readonly counted?: boolean;
  /** Of a `succeeded`: false when what the run published could not be loaded; then it is let go. Default true. */
  readonly serves?: boolean;
}

/** Who appends: an attempt and the number of its append, from 1. */
export interface Place {
  readonly attempt: number;
  /** Without it only the attempt is checked. */
  readonly n?: number;
}

export interface StoredCheckpoint {
  readonly step: number;
  readonly data?: JsonValue;
  readonly blob?: BlobRef;
  /** Of the model that made it: another version does not go on from it. */
  readonly version?: string;
}

/** The right to run one attempt; its number is the fencing token. */
export interface Claim {
  readonly run: Run;
  readonly private: PrivateArgs;
  /** The last two, newest last. */
  readonly checkpoints: readonly StoredCheckpoint[];
  /** What an earlier attempt published last. */
  readonly published?: BlobRef;
  /** Attempts lost in a row, without a new checkpoint. */
  readonly lostInARow: number;
}

export interface Holder {
  readonly id: string;
  /** The models run in its process: what it held when it died counts as lost in a row. Default false. */
  readonly inline?: boolean;
  /** Called with each blob that nothing refers to any more: replaced, superseded, or gone with its run. */
  readonly free?: (blob: BlobRef) => void;
}

/** What is kept of ended runs. */
export interface Retention {
  /** Those that ended last are kept. */
  readonly keepRuns: number;
  /** How long one is kept after its end. */
  readonly keepDays?: number;
  /** What all of them may hold, in bytes: their files and, where it lies on disk, their log. The one that ended last stays. */
  readonly maxBytes?: number;
}

/** The records and their logs. */
export interface RunStore {
  /** Marks what dead holders ran as `lost`, or `cancelled` if it was stopping; gives the runs to submit again, oldest first. */
  open(holder: Holder): Promise<readonly { readonly runId: string; readonly model: string }[]>;
  /** Record and `queued` in one transaction. The same id: the run that is there, `created: false`; rejects
   * `already_exists` when its model or fingerprint is another. */
  create(run: NewRun): Promise<{ readonly run: Run; readonly created: boolean }>;
  /** Next attempt and `started` in one transaction; undefined: not there, ended, stopping or held. */
  claim(runId: string): Promise<Claim | undefined>;
  /**
   * An append whose `n` was kept already changes nothing and is `kept`, also when it ended the run. Else `stale`, and
   * nothing changed: the run has ended, is gone, or has a newer attempt than `place` says; `place` has an `n` and the
   * attempt is `lost`; or it would be `stopping` and is not running. A store that another holder has taken over is `stale` for
   * an append with an `n` and rejects `unavailable` for one without: its caller would ask again.
   */
  append(runId: string, entries: readonly RunEntry[], place?: Place): Promise<"kept" | "stale">;
  /** At most `limit` events after `after`. Rejects `not_found`, and `out_of_range` when they were trimmed. */
  read(runId: string, after: number, limit: number): Promise<readonly RunEvent[]>;
  get(runId: string): Promise<Run | undefined>;
  list(filter: RunFilter): Promise<Page<Run>>;
  /** Only an ended run, else `failed_precondition`. Weights that are served stay. */
  remove(runId: string): Promise<void>;
  /** Removes ended runs, the one that ended first at first, until what is left is within the limits. */
  retain(retention: Retention): Promise<void>;
  /** Whether a run refers to the blob, or its weights are served. */
  isKept(blobId: string): Promise<boolean>;
  artifact(runId: string, name: string): Promise<BlobRef | undefined>;
  /** What the newest succeeded run of the model published. */
  published(model: string): Promise<BlobRef | undefined>;
  /** A hint after an append or a removal; it may come late or twice. Gives the end of the subscription. */
  subscribe(runId: string, wake: () => void): () => void;
  close(): Promise<void>;
}
