// What the list of runs shows, as its address has it, and as files.
import { type MetricValue, type Run, type RunFilter, type RunState, runStates } from "@deepaas/core";
import { csvCell } from "@deepaas/protocol";

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

const unfinished: ReadonlySet<RunState> = new Set(["queued", "running", "stopping", "lost"]);

export function isUnfinished({ state }: Run): boolean {
  return unfinished.has(state);
}

/** The records as CSV (RFC 4180): a column for each metric and for each argument. */
export function runsToCsv(runs: readonly Run[]): string {
  const metrics = metricNames(runs);
  const args = [...new Set(runs.flatMap((run) => Object.keys(run.args)))];
  const head = ["id", "model", "state", "owner", "createdAt", "startedAt", "endedAt", "step", "total"];
  const rows = runs.map((run) => [
    ...[run.id, run.model, run.state, run.owner, run.createdAt, run.startedAt, run.endedAt],
    ...[run.progress?.step, run.progress?.total],
    ...metrics.map((name) => metricOf(run, name)),
    ...args.map((name) => (Object.hasOwn(run.args, name) ? run.args[name] : undefined)),
  ]);
  const titles = [...head, ...metrics.map((name) => `metric ${name}`), ...args.map((name) => `argument ${name}`)];
  return [titles, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

export function runsToJsonLines(runs: readonly Run[]): string {
  return runs.map((run) => `${JSON.stringify(run)}\n`).join("");
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return "";
  return csvCell(typeof value === "string" || typeof value === "number" ? value : JSON.stringify(value));
}
