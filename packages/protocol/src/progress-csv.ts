// The reports of runs as CSV (RFC 4180): one row for each progress event, one column for each metric of any of the runs.
import type { ProgressFact, RunEvent } from "@deepaas/core";
import { csvCell } from "./csv-cell.ts";

const firstColumns = ["run", "seq", "at", "attempt", "step", "total"] as const;
const lastColumn = "message";

/** The cells of the first columns, those of the metrics known by then, how many these are, and the message. Plain JSON. */
export type ProgressRow = readonly [first: string, metrics: string, metricCount: number, message: string];

/** The metrics are known after the last event only: first all rows are made, then the header and the lines. */
export class ProgressCsv {
  readonly #metrics = new Map<string, number>();

  /** `attempt` is undefined for a log whose start was trimmed, until the next attempt starts. */
  row(run: string, event: RunEvent & ProgressFact, attempt: number | undefined): ProgressRow {
    const { seq, at, step, total, message } = event;
    const first = [run, seq, at, attempt, step, total].map(csvCell).join(",");
    return [first, this.#metricCells(event), this.#metrics.size, csvCell(message)];
  }

  header(): string {
    return `${[...firstColumns, ...metricTitles([...this.#metrics.keys()]), lastColumn].join(",")}\r\n`;
  }

  line([first, cells, count, message]: ProgressRow): string {
    const missing = Array<string>(this.#metrics.size - count).fill("");
    return `${[first, ...(count > 0 ? [cells] : []), ...missing, message].join(",")}\r\n`;
  }

  /** Adds the metrics that are new. */
  #metricCells({ metrics = {} }: ProgressFact): string {
    const columns = this.#metrics;
    const names = Object.keys(metrics);
    for (const name of names) if (!columns.has(name)) columns.set(name, columns.size);
    const cells = Array<string>(columns.size).fill("");
    for (const name of names) cells[columns.get(name) as number] = csvCell(metrics[name]);
    return cells.join(",");
  }
}

/** A metric whose column would have the title of another one has `metric_` before its name. */
function metricTitles(metrics: readonly string[]): readonly string[] {
  const taken = new Set<string>([...firstColumns, lastColumn]);
  return metrics.map((name) => {
    let title = csvCell(name);
    for (let other = name; taken.has(title); title = csvCell(other)) other = `metric_${other}`;
    taken.add(title);
    return title;
  });
}
