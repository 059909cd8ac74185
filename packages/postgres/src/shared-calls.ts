/** Calls with the same key share one piece of work that starts after they were made: each gets what was so at its call, or later. */
export class SharedCalls<T> {
  readonly #waiting = new Map<string, Promise<T>>();
  readonly #running = new Map<string, Promise<T>>();

  run(key: string, work: () => Promise<T>): Promise<T> {
    const there = this.#waiting.get(key);
    if (there) return there;
    const next = this.#next(key, work);
    this.#waiting.set(key, next);
    return next;
  }

  async #next(key: string, work: () => Promise<T>): Promise<T> {
    // Calls of this turn of the event loop join, and those that are made while an earlier one runs.
    await new Promise(setImmediate);
    await this.#running.get(key)?.catch(() => {});
    this.#waiting.delete(key);
    const running = work();
    this.#running.set(key, running);
    try {
      return await running;
    } finally {
      if (this.#running.get(key) === running) this.#running.delete(key);
    }
  }
}
