import type { JsonObject, JsonValue } from "../contract/json.ts";
import type { Page, Run, RunEvent, RunFact, RunFilter } from "../contract/run.ts";
import type { ServiceStats, StoreStats } from "../contract/service-stats.ts";
import type { Metrics, PromotionRule, ServedChange, WeightsVersion } from "../contract/weights.ts";
import type { BlobRef } from "./blob-store.ts";

/** The private part of a run's arguments: secrets in plain text, files in the `BlobStore`. */
export interface PrivateArgs {
  readonly secrets: JsonObject;
  readonly files: Readonly<Record<string, BlobRef | readonly BlobRef[]>>;
  /** W3C Trace Context of the call that started the run. Absent if it had none. */
  readonly traceparent?: string;
}

export interface NewRun {
  readonly id: string;
  readonly model: string;
  /** Kept as `Run.owner`, and indexed: `list` filters by it. */
  readonly owner?: string;
  /** The public arguments: secrets masked, files described. */
  readonly args: JsonObject;
  readonly private: PrivateArgs;
  /** Equal for equal arguments, with secrets and files. It reveals nothing about them. */
  readonly fingerprint: string;
}

/** An entry of the log with the data that is kept beside it but not part of the event. */
export interface LogAppend {
  readonly fact: RunFact;
  /** For a checkpoint, an artifact or published weights. */
  readonly blob?: BlobRef;
  /** For a checkpoint. */
  readonly data?: JsonValue;
  /** For a checkpoint: the version of the model's code. */
  readonly version?: string;
  /** For published weights. */
  readonly publication?: Omit<Publication, "blob">;
  /** For `lost`: false if it does not count against the model (a shutdown). Default true. */
  readonly counted?: boolean;
}

/** Weights that a run has published. */
export interface Publication {
  readonly blob: BlobRef;
  /** The newest metrics that were reported before. */
  readonly metrics: Metrics;
  readonly promote?: PromotionRule;
}

/** A version with its file. Version 0 is not in a store. */
export interface StoredVersion extends Omit<WeightsVersion, "size"> {
  readonly createdAt: string;
  readonly blob: BlobRef;
}

export type NewVersion = Omit<StoredVersion, "number" | "createdAt"> & { readonly model: string };

export interface StoredVersions {
  /** 0 until another one was served. */
  readonly served: number;
  /** How often the served version has changed. */
  readonly revision: number;
  /** In the order of their numbers. */
  readonly versions: readonly StoredVersion[];
  /** The last 100 changes, newest last. */
  readonly history: readonly ServedChange[];
}

export interface NewServedChange extends Pick<ServedChange, "to" | "by" | "reason"> {
  /** The revision that the decision was based on. */
  readonly revision: number;
}

/** The writer of an append: an attempt, and the number of its append from 1. */
export interface AppendPosition {
  readonly attempt: number;
  /** Without it only the attempt is checked. */
  readonly appendNumber?: number;
}

export interface StoredCheckpoint {
  readonly step: number;
  readonly data?: JsonValue;
  readonly blob?: BlobRef;
  /** Version of the model's code that made it. Another version does not resume from it. */
  readonly version?: string;
}

/** The right to run one attempt. The number of the attempt is the fencing token. */
export interface Claim {
  readonly run: Run;
  readonly private: PrivateArgs;
  /** The last two checkpoints, newest last. */
  readonly checkpoints: readonly StoredCheckpoint[];
  /** The last weights that an earlier attempt published. */
  readonly published?: Publication;
  /** Number of lost attempts since the last checkpoint. */
  readonly lostInARow: number;
}

/** The process that uses a store. A store has one holder: a later `open` replaces it; a shared store has several. */
export interface Holder {
  /** Of a node that shares the store: its name, which it keeps when it starts again. */
  readonly id: string;
  /** Other processes use the store at the same time. Default false. */
  readonly shared?: boolean;
  /** True if the models run in its process: then the runs that it held when it died count as lost. Default false. */
  readonly inline?: boolean;
  /** Called with each blob that no run refers to any more. */
  readonly free?: (blob: BlobRef) => void;
  /** Called when a store that is shared notices that another process has opened it as this holder: its claims have ended. */
  readonly replaced?: () => void;
}

/** Limits of ended runs. */
export interface Retention {
  /** Number of ended runs to keep, those that ended last. */
  readonly keepRuns: number;
  /** Days to keep a run after its end. */
  readonly keepDays?: number;
  /** Bytes of all ended runs: their files and, in a store on disk, their logs. The run that ended last is always kept. */
  readonly maxBytes?: number;
}

/** What the runs of one owner use. */
export interface OwnerUsage {
  /** Number of its queued runs. */
  readonly queued: number;
  /** Bytes of all its runs, as `Retention.maxBytes` counts them. */
  readonly bytes: number;
}

/** What kind of store it is, its size and its runs. */
export type StoredStats = Omit<StoreStats, "problem"> & Pick<ServiceStats, "runs">;

/** All that a store keeps of a run besides its log. */
export interface StoredRun {
  readonly run: Run;
  readonly fingerprint: string;
  readonly private: PrivateArgs;
  /** The last two, newest last. */
  readonly checkpoints: readonly StoredCheckpoint[];
  readonly artifacts: readonly { readonly name: string; readonly blob: BlobRef }[];
  /** The last weights that a run without an end has published. */
  readonly published?: Publication;
  /** Number of lost attempts since the last checkpoint. */
  readonly lostInARow: number;
  /** Since when it is in its state. ISO 8601. */
  readonly stateAt: string;
  /** Its position in the order of all ends, from 1. Absent if it has not ended. */
  readonly endedAs?: number;
}

/** All that a store keeps of the weights of a model. */
export interface StoredModel extends StoredVersions {
  readonly model: string;
  /** The highest number that a version has had. */
  readonly newest: number;
}

/** Reads a part of the log of a run, as `RunStore.read`. */
export type ReadLog = (after: number, limit: number) => Promise<readonly RunEvent[]>;

/** Reads and adds runs and weights as they are, with their times and numbers, so that a store can be copied to another one. */
export interface StoreTransfer {
  /** Returns undefined if the run does not exist. */
  run(runId: string): Promise<StoredRun | undefined>;
  /**
   * Adds a run with its log in one transaction; the log is never in memory as a whole, unless the store is. A run that is running
   * or stopping is held by the holder of this store from then on: the next `open` ends it. Returns false without a change if there
   * is the same run, and rejects `already_exists` if there is another one with its id.
   */
  addRun(stored: StoredRun, readLog: ReadLog): Promise<boolean>;
  /** Every model that has or had a version of its own. */
  models(): Promise<readonly StoredModel[]>;
  /** Returns false without a change if the model has or had versions. */
  addModel(stored: StoredModel): Promise<boolean>;
}

/** Stores the records and logs of runs. */
export interface RunStore {
  /**
   * Ends the claims of the earlier holder, in a shared store of the one with the same id: appends `lost` to its runs, or
   * `cancelled` if they were stopping. Returns the queued and lost runs, oldest first. Rejects `not_implemented` for a holder
   * that shares the store with others, if this store cannot be shared.
   */
  open(holder: Holder): Promise<readonly { readonly runId: string; readonly model: string }[]>;
  /**
   * Creates the record and the event `queued` in one transaction. For an existing id it returns the existing run and
   * `created: false`, or rejects `already_exists` if its model or fingerprint is different.
   */
  create(run: NewRun): Promise<{ readonly run: Run; readonly created: boolean }>;
  /**
   * Starts the next attempt and appends `started` in one transaction. Returns undefined if the run does not exist, has ended,
   * is stopping, or is held.
   */
  claim(runId: string): Promise<Claim | undefined>;
  /**
   * Appends all entries or none. Returns "kept" without a change if an append with this or a higher `appendNumber` of the
   * attempt was kept before, also if it ended the run. Returns "stale" without a change if the run does not exist or has
   * ended; if `position` has another attempt than the newest; if `position` has an `appendNumber` and the attempt is lost; or if
   * `stopping` is appended to a run that is not running. In a store with a newer holder an append with an `appendNumber` is
   * stale; one without rejects `unavailable`, because its caller would retry.
   */
  append(runId: string, entries: readonly LogAppend[], position?: AppendPosition): Promise<"kept" | "stale">;
  /** Returns at most `limit` events after `after`. Rejects `not_found`, and `out_of_range` if they were trimmed. */
  read(runId: string, after: number, limit: number): Promise<readonly RunEvent[]>;
  get(runId: string): Promise<Run | undefined>;
  list(filter: RunFilter): Promise<Page<Run>>;
  /** Removes an ended run; else rejects `failed_precondition`. Weights versions are kept. */
  remove(runId: string): Promise<void>;
  /** Removes ended runs, in the order of their ends, until the rest is within the limits. */
  retain(retention: Retention): Promise<void>;
  /** Returns true if a run or a weights version refers to the blob. */
  isKept(blobId: string): Promise<boolean>;
  artifact(runId: string, name: string): Promise<BlobRef | undefined>;
  versions(model: string): Promise<StoredVersions>;
  /**
   * Keeps weights as the version after the highest number that the model has had. If its run has a version already, returns
   * that one. With `attempt` it returns "stale" without a change if the run has ended or has a newer attempt.
   */
  addVersion(version: NewVersion, attempt?: number): Promise<StoredVersion | "stale">;
  /**
   * Changes which version is served. Returns "stale" without a change if the served version has changed since `revision`.
   * Rejects `not_found` for an unknown version.
   */
  serveVersion(model: string, change: NewServedChange): Promise<"kept" | "stale">;
  /** Rejects `not_found`, and `failed_precondition` for the version that is served. */
  removeVersion(model: string, version: number): Promise<void>;
  /** Calls `wake` with the model after its served version has changed, possibly late or twice. Returns its end. */
  subscribeServed(wake: (model: string) => void): () => void;
  /** Calls `wake` after an append or a removal, possibly late or twice. The returned function ends the subscription. */
  subscribe(runId: string, wake: () => void): () => void;
  /**
   * Calls `work` unless another process that shares the store is in `work` of the same name. Resolves to whether it was
   * called. Needed if the store is shared.
   */
  lead?(name: string, work: () => Promise<void>): Promise<boolean>;
  /** Returns the newest checkpoint of a run. Needed to leave a run to a node that has the version of its checkpoint. */
  newestCheckpoint?(runId: string): Promise<StoredCheckpoint | undefined>;
  /** Why nothing can be kept at the moment, in words for everybody; undefined if nothing is known. Asked with every status. */
  problem?(): string | undefined;
  /** What the runs of an owner use. Needed for the limits of each caller. */
  usage?(owner: string): Promise<OwnerUsage>;
  /** Asked with each `ModelService.stats`: it must be cheap, however many runs there are. Default: kind `other`, no runs. */
  stats?(): Promise<StoredStats>;
  /** Needed to copy its content to another store, or that of another one to it. */
  readonly transfer?: StoreTransfer;
  close(): Promise<void>;
}
