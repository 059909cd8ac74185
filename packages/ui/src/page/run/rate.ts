// How fast an attempt proceeds, from its latest reports.

interface Sample {
  readonly step: number;
  readonly at: number;
}

/** Reports nearer to each other than this count as one, so that the samples cover some seconds at least. */
const distanceMs = 250;
const mostSamples = 60;

export class Rate {
  #samples: Sample[] = [];

  /** A step before the last one starts anew. `at` in milliseconds since 1970. */
  add(step: number, at: number): void {
    const samples = this.#samples;
    const last = samples.at(-1);
    if (last && step < last.step) samples.length = 0;
    const before = samples.at(-2);
    if (before && at - before.at < distanceMs) samples.pop();
    samples.push({ step, at });
    if (samples.length > mostSamples) samples.shift();
  }

  /** A new attempt starts anew. */
  reset(): void {
    this.#samples = [];
  }

  /** Returns steps per second, or undefined if that is not known yet. */
  perSecond(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.at <= first.at || last.step <= first.step) return undefined;
    return ((last.step - first.step) * 1_000) / (last.at - first.at);
  }

  /** Returns the milliseconds until `total`, or undefined if that is not known. `now` in milliseconds since 1970. */
  remainingMs(total: number | undefined, now: number): number | undefined {
    const perSecond = this.perSecond();
    const last = this.#samples.at(-1);
    if (perSecond === undefined || !last || total === undefined) return undefined;
    return Math.max(0, ((total - last.step) / perSecond) * 1_000 - Math.max(0, now - last.at));
  }
}
