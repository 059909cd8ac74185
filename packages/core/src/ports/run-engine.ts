/** A run as an engine keeps it. */
export interface QueuedRun {
  readonly runId: string;
  readonly model: string;
}

/** What an engine says about a run that it gives to a handler. */
export interface Delivery {
  /**
   * Aborted with `cancelled` by `cancel`, with `unavailable` by `close`, and with `worker_lost` when the engine has given the
   * run to another node.
   */
  readonly signal: AbortSignal;
  /** Another handler had the run, and the engine holds its process for dead. */
  readonly again: boolean;
}

/** Resolves to "back" if the run has not ended: the engine keeps it for another node, or for the next start. Never rejects. */
export type RunHandler = (runId: string, delivery: Delivery) => Promise<"over" | "back">;

export interface ProcessOptions {
  /** Runs that are handled at the same time. */
  readonly slots: number;
  /** Only runs of these models are handled. */
  readonly models: ReadonlySet<string>;
  /** All models of this process: `waiting` and `cancel` are about their runs, also of those that are handled elsewhere. */
  readonly served: ReadonlySet<string>;
}

/** Decides which process handles which run, and when. */
export interface RunEngine {
  /**
   * Time without a sign of life after which a run is given to another process, in milliseconds. Needed if several processes
   * share the queue.
   */
  readonly leaseMs?: number;
  /** Queues a run. Idempotent by `runId`. */
  submit(run: QueuedRun): Promise<void>;
  /** Aborts the signal of a run that this process handles. Drops a queued run. */
  cancel(runId: string): Promise<void>;
  /** Starts to call `handle`. */
  process(handle: RunHandler, options: ProcessOptions): void;
  /** Number of runs that wait, whichever of the processes that share the queue has submitted them. */
  waiting(): Promise<number>;
  /** Returns the ids of those runs that wait or are handled anywhere. Needed if several processes share the queue. */
  knows?(runs: readonly QueuedRun[]): Promise<ReadonlySet<string>>;
  /** Aborts the signals of all handled runs with `unavailable`, and waits until their handlers have returned. */
  close(): Promise<void>;
}
