// The values of one metric, or fewer of them that show every peak. Memory is bounded by `points`, not by the length of the log.

import type { MetricValue } from "../contract/run.ts";
import type { MetricSeries } from "../contract/run-metrics.ts";

export interface SampleOptions {
  /** Most values of the series, at least 10. */
  readonly points: number;
  /** The range of the log that is read: buckets are of equal width over it. */
  readonly firstSeq: number;
  readonly lastSeq: number;
}

interface Sample {
  readonly seq: number;
  readonly at: string;
  readonly step: number | null;
  readonly value: MetricValue;
}

/**
 * Keeps all values while there are at most `points`. Beyond that it keeps the first and the last value, and the smallest and
 * the largest value of each bucket. NaN counts as larger than any number, so that it is always kept. Of equal values the first
 * one is kept.
 */
export class MetricSampler {
  readonly #options: SampleOptions;
  readonly #buckets: number;
  #count = 0;
  /** All values; undefined once there are more than `points`. */
  #all: Sample[] | undefined = [];
  /** The first value, and those of complete buckets. */
  readonly #kept: Sample[] = [];
  #bucket = -1;
  #smallest: Sample | undefined;
  #largest: Sample | undefined;
  #last: Sample | undefined;

  constructor(options: SampleOptions) {
    this.#options = options;
    this.#buckets = Math.floor((options.points - 2) / 2);
  }

  /** In the order of `seq`. */
  add(sample: Sample): void {
    this.#count++;
    if (this.#all && this.#count <= this.#options.points) {
      this.#all.push(sample);
      return;
    }
    for (const one of this.#all ?? []) this.#sample(one);
    this.#all = undefined;
    this.#sample(sample);
  }

  series(): MetricSeries {
    if (!this.#all) this.#endBucket();
    const samples = this.#all ?? this.#kept;
    if (!this.#all && this.#last) keep(samples, this.#last);
    return {
      count: this.#count,
      seq: samples.map(({ seq }) => seq),
      at: samples.map(({ at }) => Date.parse(at)),
      step: samples.map(({ step }) => step),
      value: samples.map(({ value }) => value),
    };
  }

  #sample(sample: Sample): void {
    if (this.#kept.length === 0) this.#kept.push(sample);
    this.#last = sample;
    const { firstSeq, lastSeq } = this.#options;
    const bucket = Math.floor(((sample.seq - firstSeq) * this.#buckets) / (lastSeq - firstSeq + 1));
    if (bucket !== this.#bucket) {
      this.#endBucket();
      this.#bucket = bucket;
      this.#smallest = sample;
      this.#largest = sample;
      return;
    }
    if (isLess(sample, this.#smallest as Sample)) this.#smallest = sample;
    else if (isLess(this.#largest as Sample, sample)) this.#largest = sample;
  }

  #endBucket(): void {
    const [smallest, largest] = [this.#smallest, this.#largest];
    if (!smallest || !largest) return;
    keep(this.#kept, smallest.seq < largest.seq ? smallest : largest);
    keep(this.#kept, smallest.seq < largest.seq ? largest : smallest);
  }
}

/** Adds a sample unless it is the last one already. */
function keep(samples: Sample[], sample: Sample): void {
  if (samples.at(-1)?.seq !== sample.seq) samples.push(sample);
}

function isLess(a: Sample, b: Sample): boolean {
  const [x, y] = [Number(a.value), Number(b.value)];
  return x < y || (Number.isNaN(y) && !Number.isNaN(x));
}
