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
