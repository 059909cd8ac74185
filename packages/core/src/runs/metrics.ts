// Reads the metrics of a run from its log.

import { throwIfAborted } from "../contract/abort-reason.ts";
import { DeepaasError, invalidArgs } from "../contract/error.ts";
import { nextTick } from "../contract/next-tick.ts";
import type { MetricValue } from "../contract/run.ts";
import type { RunMetrics, RunMetricsOptions } from "../contract/run-metrics.ts";
import type { RunStore } from "../ports/run-store.ts";
import { getRun } from "./get-run.ts";
import { MetricSampler } from "./metric-sampler.ts";

/** Reading and parsing a page blocks the event loop for some milliseconds. More than 512: a store may not cache the events. */
const pageSize = 1_024;

export interface ReadMetricsOptions extends RunMetricsOptions {
  /** Ends the reading: it rejects with the signal's reason if that is a DeepaasError, else `cancelled`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns the metrics in the events up to the one that was the last when the reading began. If events are trimmed before they
 * were read, the reading begins again with the first event that is left. Rejects `not_found` and `invalid_args`.
 */
export async function runMetrics(
  store: Pick<RunStore, "get" | "read">,
  runId: string,
  options: ReadMetricsOptions = {},
): Promise<RunMetrics> {
  const { points = 1_000, names = [], signal } = options;
  if (!Number.isInteger(points) || points < 10 || points > 100_000)
    throw invalidArgs("/points", "range", "Must be a whole number from 10 to 100,000.");
  if (!Array.isArray(names) || names.some((name) => typeof name !== "string"))
    throw invalidArgs("/names", "type", "Must be a list of the names of metrics.");
  const only = names.length > 0 ? new Set<string>(names) : undefined;
  for (;;) {
    try {
      return await readMetrics(store, runId, { points, only, signal });
    } catch (error) {
      if (!DeepaasError.is(error) || error.code !== "out_of_range") throw error;
    }
    await nextTick();
  }
}

interface Reading {
  readonly points: number;
  readonly only: ReadonlySet<string> | undefined;
  readonly signal: AbortSignal | undefined;
}

async function readMetrics(
  store: Pick<RunStore, "get" | "read">,
  runId: string,
  { points, only, signal }: Reading,
): Promise<RunMetrics> {
  throwIfAborted(signal);
  const { firstSeq, lastSeq } = await getRun(store, runId);
  const attempts: RunMetrics["attempts"][number][] = [];
  const samplers = new Map<string, MetricSampler>();
  let cursor = firstSeq - 1;
  while (cursor < lastSeq) {
    throwIfAborted(signal);
    const events = await store.read(runId, cursor, Math.min(pageSize, lastSeq - cursor));
    if (events.length === 0) break;
    for (const event of events) {
      const { seq, at } = event;
      cursor = seq;
      if (event.type === "started") attempts.push({ attempt: event.attempt, seq, at });
      if (event.type !== "progress" || !event.metrics) continue;
      const { step = null } = event;
      for (const name in event.metrics) {
        if (only && !only.has(name)) continue;
        let sampler = samplers.get(name);
        if (!sampler) {
          sampler = new MetricSampler({ points, firstSeq, lastSeq });
          samplers.set(name, sampler);
        }
        sampler.add({ seq, at, step, value: event.metrics[name] as MetricValue });
      }
    }
    if (cursor < lastSeq) await nextTick();
  }
  const series = Object.fromEntries([...samplers].map(([name, sampler]) => [name, sampler.series()]));
  return { firstSeq, lastSeq: cursor, attempts, series };
}
