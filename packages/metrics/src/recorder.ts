// Histograms and counters whose labels are bound once: those of the library compute a hash of the labels with each observation,
// which takes 1 µs; these take some 10 ns. The library is loaded with the first scrape.
import type { Histogram, Registry } from "prom-client";

export type PromClient = typeof import("prom-client");

type Labels = Readonly<Record<string, string>>;

export interface MetricName {
  readonly name: string;
  readonly help: string;
}

/** The observations of one combination of labels. */
export class Series {
  readonly labels: Labels;
  readonly bounds: Float64Array;
  /** One more than `bounds`: the last one is for larger values. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(labels: Labels, bounds: Float64Array) {
    this.labels = labels;
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] as number)) at++;
    counts[at] = (counts[at] as number) + 1;
    this.sum += value;
  }
}

/** The count of one combination of labels. */
export interface Count {
  readonly labels: Labels;
  value: number;
}

export class Recorder {
  readonly #registrations: ((client: PromClient, registry: Registry) => void)[] = [];

  /** Returns a function that adds a series with these labels. Call it once for each combination. */
  histogram({ name, help }: MetricName, buckets: readonly number[]): (labels: Labels) => Series {
    const bounds = Float64Array.from(buckets);
    const all: Series[] = [];
    const values = () => all.flatMap((series) => linesOf(name, series));
    // What the registry asks of a metric is its name and `get`.
    const metric = { name, get: async () => ({ name, help, type: "histogram", aggregator: "sum", values: values() }) };
    this.#registrations.push((_client, registry) => registry.registerMetric(metric as unknown as Histogram));
    return (labels) => {
      const series = new Series(labels, bounds);
      all.push(series);
      return series;
    };
  }

  /** Returns a function that adds a count with these labels. Call it once for each combination. */
  counter({ name, help }: MetricName, labelNames: readonly string[]): (labels: Labels) => Count {
    const all: Count[] = [];
    this.#registrations.push((client, registry) => {
      new client.Counter({
        name,
        help,
        labelNames,
        registers: [registry],
        collect() {
          this.reset();
          for (const { labels, value } of all) this.inc(labels, value);
        },
      });
    });
    return (labels) => {
      const count = { labels, value: 0 };
      all.push(count);
      return count;
    };
  }

  /** Call it once. */
  registerIn(client: PromClient, registry: Registry): void {
    for (const register of this.#registrations) register(client, registry);
  }
}

interface Line {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

function linesOf(name: string, { labels, bounds, counts, sum }: Series): readonly Line[] {
  const lines: Line[] = [];
  let count = 0;
  for (const [at, ofBucket] of counts.entries()) {
    count += ofBucket;
    lines.push({ metricName: `${name}_bucket`, labels: { ...labels, le: bounds[at] ?? "+Inf" }, value: count });
  }
  lines.push({ metricName: `${name}_sum`, labels, value: sum }, { metricName: `${name}_count`, labels, value: count });
  return lines;
}
