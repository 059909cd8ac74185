// What `ModelService.status` and `stats` return. Plain JSON. `ServiceStats` has no arguments, callers or paths.
import type { RunState } from "./run.ts";

/** Whether a service can answer calls. */
export interface ServiceStatus {
  /** A degraded service answers calls, but a part of it fails; a closing one refuses new calls with `unavailable`. */
  readonly state: "ready" | "degraded" | "closing";
  /** One line of text for each reason why it is not ready. */
  readonly reasons: readonly string[];
}

/** A snapshot of a service. Times are ISO 8601 in UTC. */
export interface ServiceStats {
  /** When the service began to serve. The counts are those since then. */
  readonly startedAt: string;
  /** When the snapshot was made. */
  readonly at: string;
  readonly status: ServiceStatus;
  /** Which of several nodes it is. Absent if the server is alone. */
  readonly node?: NodeStats;
  /** Resident memory of the server's process in bytes. Absent in a browser. */
  readonly rssBytes?: number;
  /** In the order of `models`. */
  readonly models: readonly ModelStats[];
  /** One entry for each model and state in which the store has runs, also of models that are not served now. */
  readonly runs: readonly RunStats[];
  readonly watchers: WatcherStats;
  /** The processes that run the models. Empty if models run in the server's process. */
  readonly workers: readonly WorkerStats[];
  readonly lostWorkers: LostWorkers;
  readonly store: StoreStats;
  /**
   * The caller lacks the scope `admin`: workers, memory, store, watchers, the node and reasons are left out, and the runs of
   * models for which it lacks `read:all`.
   */
  readonly restricted?: true;
}

/** One of several nodes. */
export interface NodeStats {
  readonly id: string;
  readonly labels: readonly string[];
  /** False: it executes no runs. */
  readonly trains: boolean;
}

/**
 * The predicts of one model, streams included. A call counts when it ends. Not counted: calls with invalid arguments, which
 * do not reach the model, and calls that their caller has cancelled or left.
 */
export interface ModelStats {
  readonly model: string;
  /** The number of the weights version that is served. 0: the shipped one. */
  readonly weightsVersion: number;
  /** Calls that wait in the queue. */
  readonly waiting: number;
  /** Calls that have left the queue and have no answer yet. */
  readonly running: number;
  /** Calls that may wait; further ones reject `overloaded`. Null: no limit. */
  readonly queue: number | null;
  readonly calls: number;
  /**
   * Those of `calls` that ended in an error of the service or the model: `internal`, `invalid_response`, `worker_lost`,
   * `overloaded`, `unavailable` or `deadline_exceeded`. Any other error is an answer to what the caller asked for.
   */
  readonly failed: number;
  readonly recent: RecentCalls;
  /** Reports of its trainings. */
  readonly reports: number;
}

/** The runs of one model in one state. */
export interface RunStats {
  readonly model: string;
  readonly state: RunState;
  /** At least 1. */
  readonly count: number;
  /** Since when the run that is in this state the longest is in it. Absent for a terminal state. */
  readonly since?: string;
  /** Time of the last event of the run whose last event is the oldest. Absent for a terminal state. */
  readonly lastEventAt?: string;
}

/** The watches that are open. */
export interface WatcherStats {
  readonly count: number;
  /** The most events that one of them has still to read. */
  readonly mostBehind: number;
}

/** The last calls of a model: at most 256, of the last five minutes. */
export interface RecentCalls {
  /** The time in milliseconds in which they ended, up to the snapshot: at most 300,000, less if there were 256 in less time. */
  readonly windowMs: number;
  readonly calls: number;
  readonly failed: number;
  /** Null if no call of the window has succeeded. */
  readonly latency: Latency | null;
}

/** Time from the admission of a call to its answer, of calls that have not failed. A stream is answered when it ends. */
export interface Latency {
  /** Half of the calls took at most so many milliseconds. */
  readonly p50Ms: number;
  /** 95 of 100 calls took at most so many milliseconds. */
  readonly p95Ms: number;
  readonly maxMs: number;
}

/** A process that runs models. */
export interface WorkerStats {
  /** Of no other worker of the server. */
  readonly id: number;
  readonly pid?: number;
  /** What it may run. */
  readonly purpose: "predict" | "train" | "both";
  /** The models that it has loaded, or is loading. */
  readonly models: readonly string[];
  readonly state: WorkerState;
  /** The trainings that it runs. */
  readonly runIds: readonly string[];
  /** Predicts and trainings that were started on it. A batch is one. */
  readonly calls: number;
  readonly startedAt: string;
  /** Resident memory in bytes, as measured last. Absent until it was measured. */
  readonly rssBytes?: number;
}

/**
 * - `starting`: it imports and warms its models.
 * - `idle`: it waits for a call.
 * - `busy`: it runs calls, or is held for a training that is about to begin.
 * - `loading`: it gets no calls while it loads other weights.
 * - `draining`: it gets no further calls, and ends after those that it has.
 * - `ending`: the server has asked it to end, or kills it.
 */
export type WorkerState = "starting" | "idle" | "busy" | "loading" | "draining" | "ending";

/**
 * Why a worker was lost.
 *
 * - `exited`: it ended itself.
 * - `signal`: it crashed, or another process killed it, such as the system when memory is short.
 * - `memory`: it exceeded `maxRssBytes`.
 * - `stalled`: its training reported nothing for `stallMs`.
 * - `not_stopped`: a call went on for longer than `graceMs` after its abort.
 * - `not_started`: it could not be started.
 * - `weights`: it could not load weights.
 * - `other`
 */
export const lossReasons = [
  "exited",
  "signal",
  "memory",
  "stalled",
  "not_stopped",
  "not_started",
  "weights",
  "other",
] as const;
export type LossReason = (typeof lossReasons)[number];

/** Workers that died, were killed, or could not be started since the service began to serve. Another one follows each. */
export interface LostWorkers {
  readonly count: number;
  /** Together they are `count`. A reason without workers is absent. */
  readonly byReason: Readonly<Partial<Record<LossReason, number>>>;
  /** Of the last one. Absent if none was lost. */
  readonly reason?: string;
  readonly at?: string;
}

/** Where runs are kept. */
export interface StoreStats {
  /** Such as `memory` or `sqlite`; `other` if the store does not say. */
  readonly kind: string;
  /** Size on disk of the database in bytes, without the files of runs. Absent if it is not on disk. */
  readonly bytes?: number;
  /** Why nothing can be kept at the moment. Absent if nothing is known. */
  readonly problem?: string;
}
