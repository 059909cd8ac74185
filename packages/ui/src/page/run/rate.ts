// How fast an attempt proceeds, from its reports of the last half minute.

const windowMs = 30_000;

export class Rate {
  #samples: { readonly step: number; readonly at: number }[] = [];

  /** A step before the last one starts anew. `at` in milliseconds since 1970. */
  add(step: number, at: number): void {
    if (step < (this.#samples.at(-1)?.step ?? 0)) this.reset();
    this.#samples.push({ step, at });
    // Slow reports may be further apart.
    while (this.#samples.length > 2 && (this.#samples[0]?.at as number) < at - windowMs) this.#samples.shift();
  }

  /** A new attempt starts anew. */
  reset(): void {
    this.#samples = [];
  }

  /** Returns steps per second, or undefined if that is not known yet. */
  perSecond(): number | undefined {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (!first || !last || last.at <= first.at || last.step <= first.step) return undefined;
    return ((last.step - first.step) * 1_000) / (last.at - first.at);
  }

  /** Returns the milliseconds until the step `total`, or undefined if that is not known. `now` in milliseconds since 1970. */
  remainingMs(total: number, now: number): number | undefined {
    const perSecond = this.perSecond();
    const last = this.#samples.at(-1);
    if (perSecond === undefined || !last) return undefined;
    return Math.max(0, ((total - last.step) / perSecond) * 1_000 - Math.max(0, now - last.at));
  }
}
