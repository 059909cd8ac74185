/** The subscribers of each run, for an implementation of `RunStore.subscribe`. */
export class RunWakers {
  readonly #byRun = new Map<string, Set<() => void>>();

  /** The returned function ends the subscription; it may be called twice. */
  subscribe(runId: string, waker: () => void): () => void {
    const wakers = this.#byRun.get(runId) ?? new Set();
    this.#byRun.set(runId, wakers);
    wakers.add(waker);
    return () => {
      wakers.delete(waker);
      if (wakers.size === 0 && this.#byRun.get(runId) === wakers) this.#byRun.delete(runId);
    };
  }

  /** A waker that throws must not fail a committed write: its error is ignored. */
  wake(runId: string): void {
    for (const waker of this.#byRun.get(runId) ?? []) {
      try {
        waker();
      } catch {
        // See above.
      }
    }
  }

  wakeAll(): void {
    for (const runId of [...this.#byRun.keys()]) this.wake(runId);
  }
}
