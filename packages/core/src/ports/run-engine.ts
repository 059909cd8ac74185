/** Decides which process handles which run, and when. */
export interface RunEngine {
  /** Queues a run. Idempotent by `runId`. */
  submit(run: { readonly runId: string; readonly model: string }): Promise<void>;
  /** Aborts the signal of a run that is being handled. Drops a queued run. */
  cancel(runId: string): Promise<void>;
  /** Starts to call `handle`, which never rejects, for at most `slots` runs at the same time. */
  process(handle: (runId: string, signal: AbortSignal) => Promise<void>, options: { readonly slots: number }): void;
  /** Aborts the signals of all handled runs with `unavailable`, and waits until their handlers have returned. */
  close(): Promise<void>;
}
