// What the list of runs shows, as its address has it, and as files.
import { type MetricValue, type Run, type RunFilter, runStates } from "@deepaas/core";

const pageSize = 50;

/** The query of the view as the filter of a list. What it has of no meaning is ignored. */
export function filterFrom(query: URLSearchParams): RunFilter {
  const state = runStates.find((one) => one === query.get("state"));
  const order = query.get("order") ?? "newest";
  const metric = /^(?:lowest|highest) (.+)$/s.exec(order)?.[1];
  const model = query.get("model");
  const after = query.get("after");
  return {
    limit: pageSize,
    newestFirst: order !== "oldest",
    ...(state && { state }),
    ...(model && { model }),
    ...(after && { after }),
    ...(metric !== undefined && { orderByMetric: metric, descending: order.startsWith("highest") }),
  };
}

/** Names of the metrics of all runs, in the order in which they come up. */
export function metricNames(runs: readonly Run[]): readonly string[] {
  return [...new Set(runs.flatMap(({ progress }) => Object.keys(progress?.metrics ?? {})))];
}

export function metricOf({ progress }: Run, name: string): MetricValue | undefined {
  const metrics = progress?.metrics ?? {};
  return Object.hasOwn(metrics, name) ? metrics[name] : undefined;
}

/** How long it has run, in milliseconds; undefined if it has not begun. */
export function ranMs({ startedAt, endedAt }: Run, now: number): number | undefined {
  if (startedAt === undefined) return undefined;
  return Math.max(0, (endedAt === undefined ? now : Date.parse(endedAt)) - Date.parse(startedAt));
}
