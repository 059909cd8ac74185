// How long the predicts of each model take, and how many of them a worker may hold beside the one that it runs.

/** A worker holds at most what it runs in this time. */
const heldMs = 2;
const maxHeld = 32;
/** With a longer average a worker holds no call. */
const longMs = 10;

export class RunAverages {
  readonly #averageMs = new Map<string, number>();

  /** Adds the duration of one predict to the moving average of its model. */
  add(model: string, ms: number): void {
    const average = this.#averageMs.get(model);
    this.#averageMs.set(model, average === undefined ? ms : average * 0.9 + ms * 0.1);
  }

  /** Returns how many calls of this model a worker may hold. */
  maxHeld(model: string): number {
    const average = this.#averageMs.get(model);
    if (average === undefined || average >= longMs) return 0;
    return Math.max(1, Math.min(maxHeld, Math.floor(heldMs / average)));
  }
}
