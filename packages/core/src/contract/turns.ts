/** Runs work of the same key one after the other, in the order of the calls. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Settles as `work` does. Work that rejects does not hold up what follows. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const mine = this.#after(before, work).finally(() => {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    });
    this.#last.set(key, mine);
    return mine;
  }

  /** Resolves when the work that was given before the call has settled. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#last.values());
  }

  async #after<T>(before: Promise<unknown> | undefined, work: () => Promise<T>): Promise<T> {
    // Its caller has the error.
    if (before) await before.catch(() => {});
    return work();
  }
}
