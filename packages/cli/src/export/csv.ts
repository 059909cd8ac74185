// An export as CSV (RFC 4180): one row for each progress event, one column for each metric of any of the runs.
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import type { ProgressFact } from "@deepaas/core";
import { PrivateFolder } from "@deepaas/core/node";
import { csvCell } from "@deepaas/protocol";
import type { ChunkWriter } from "./chunk-writer.ts";
import type { ExportedRun } from "./exported-run.ts";
import { fileWriter } from "./staged-files.ts";
import { writeError } from "./write-error.ts";

const firstColumns = ["run", "seq", "at", "attempt", "step", "total"] as const;
const lastColumn = "message";
const spoolHint = "the rows are kept there first: set TMPDIR to another directory";

/** The cells of the first columns, those of the metrics known by then, how many these are, and the message. */
type SpooledRow = readonly [first: string, metrics: string, metricCount: number, message: string];

/**
 * Writes the header and the rows. The metrics are known after the last event only, so the rows are kept in a temporary file until
 * then. `attempt` is empty for a log whose start was trimmed, until the next attempt starts.
 */
export async function writeCsv(runs: AsyncIterable<ExportedRun>, out: ChunkWriter): Promise<void> {
  const folder = new PrivateFolder("export-");
  try {
    const spool = await folder.newPath().catch((error: unknown) => {
      throw writeError(tmpdir(), error, spoolHint);
    });
    const metrics = await spoolRows(runs, spool);
    await out.write(`${[...firstColumns, ...metricTitles(metrics), lastColumn].join(",")}\r\n`);
    for await (const line of linesOf(spool)) {
      const [first, cells, count, message] = JSON.parse(line) as SpooledRow;
      const missing = Array<string>(metrics.length - count).fill("");
      await out.write(`${[first, ...(count > 0 ? [cells] : []), ...missing, message].join(",")}\r\n`);
    }
  } finally {
    await folder.remove();
  }
}

/** Returns the names of the metrics, in the order in which they were first reported. */
async function spoolRows(runs: AsyncIterable<ExportedRun>, path: string): Promise<readonly string[]> {
  const columns = new Map<string, number>();
  await using handle = await open(path, "wx", 0o600);
  const spool = fileWriter(handle, path, spoolHint);
  for await (const { run, events } of runs) {
    let attempt: number | undefined;
    for await (const event of events) {
      if (event.type === "started") attempt = event.attempt;
      if (event.type !== "progress") continue;
      const { seq, at, step, total, message } = event;
      const first = [run.id, seq, at, attempt, step, total].map(csvCell).join(",");
      const row: SpooledRow = [first, metricCells(event, columns), columns.size, csvCell(message)];
      await spool.write(`${JSON.stringify(row)}\n`);
    }
  }
  await spool.flush();
  return [...columns.keys()];
}

/** Adds the metrics that are new to `columns`. */
function metricCells({ metrics = {} }: ProgressFact, columns: Map<string, number>): string {
  const names = Object.keys(metrics);
  for (const name of names) if (!columns.has(name)) columns.set(name, columns.size);
  const cells = Array<string>(columns.size).fill("");
  for (const name of names) cells[columns.get(name) as number] = csvCell(metrics[name]);
  return cells.join(",");
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

/** `node:readline` would also split at U+2028, which JSON does not escape. */
async function* linesOf(path: string): AsyncIterable<string> {
  let rest = "";
  for await (const chunk of createReadStream(path, { encoding: "utf8" })) {
    const lines = `${rest}${chunk as string}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
