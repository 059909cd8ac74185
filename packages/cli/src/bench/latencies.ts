// Times of many calls in little memory: counts in buckets, each one percent wider than the one before.

const growth = Math.log(1.01);
/** Shorter times are counted as this one, in milliseconds. */
const leastMs = 0.001;

export class Latencies {
  readonly #counts: number[];
  #total: number;

  /** `counts`: those of another one, from another process. */
  constructor(counts: readonly number[] = []) {
    this.#counts = [...counts];
    this.#total = counts.reduce((sum, count) => sum + count, 0);
  }

  get count(): number {
    return this.#total;
  }

  get counts(): readonly number[] {
    return this.#counts;
  }

  add(ms: number): void {
    const bucket = Math.max(0, Math.floor(Math.log(ms / leastMs) / growth));
    while (this.#counts.length <= bucket) this.#counts.push(0);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#total++;
  }

  /** Returns the time in milliseconds that a part of the calls, such as 0.99, does not exceed; within half a percent. 0 without calls. */
  percentile(part: number): number {
    const rank = Math.max(1, Math.ceil(part * this.#total));
    let seen = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= rank) return leastMs * Math.exp((bucket + 0.5) * growth);
    }
    return 0;
  }
}
