import type { JsonObject, JsonValue } from "../contract/json.ts";
import type { Page, Run, RunEvent, RunFact, RunFilter } from "../contract/run.ts";
import type { BlobRef } from "./blob-store.ts";

/** What lies beside a run's public arguments: secrets in plain, files in the `BlobStore`. */
export interface PrivateArgs {
  readonly secrets: JsonObject;
  readonly files: Readonly<Record<string, BlobRef | readonly BlobRef[]>>;
}

export interface NewRun {
  readonly id: string;
  readonly model: string;
  /** Kept as `Run.owner`, and indexed: `list` filters by it. */
  readonly owner?: string;
  /** As everyone may see them. */
  readonly args: JsonObject;
  readonly private: PrivateArgs;
  /** Equal for equal arguments, secrets and files included; tells nothing about them. */
  readonly fingerprint: string;
}

/** A fact with what is kept beside it but not shown in the log. */
export interface LogAppend {
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
export interface AppendPosition {
  readonly attempt: number;
  /** Without it only the attempt is checked. */
  readonly appendNumber?: number;
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
  append(runId: string, entries: readonly LogAppend[], position?: AppendPosition): Promise<"kept" | "stale">;
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
