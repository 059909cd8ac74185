// The metrics of a run as curves, with at most as many values as a chart can draw.
import type { MetricValue } from "./run.ts";

/** Columns of equal length, in the order of the log. */
export interface MetricSeries {
  /** Number of values that were read. `value` has all of them, or fewer if there are more than `points`. */
  readonly count: number;
  /** The events that had the values. */
  readonly seq: readonly number[];
  /** In milliseconds since 1970, UTC. */
  readonly at: readonly number[];
  /** Null if the event had no step. */
  readonly step: readonly (number | null)[];
  readonly value: readonly MetricValue[];
}

export interface RunMetrics {
  /** The first event that was still held. */
  readonly firstSeq: number;
  /** The last event that was read. A watch with `after: lastSeq` continues without a gap and without a repetition. */
  readonly lastSeq: number;
  /** The `started` events that are still held. `at` is ISO 8601 in UTC. */
  readonly attempts: readonly { readonly attempt: number; readonly seq: number; readonly at: string }[];
  /** By the name of the metric. */
  readonly series: Readonly<Record<string, MetricSeries>>;
}

export interface RunMetricsOptions {
  /** Most values of a metric: a whole number from 10 to 100,000. Default 1,000. */
  readonly points?: number;
  /** Only these metrics. Default, and for an empty list: all. */
  readonly names?: readonly string[];
}
