// An export as CSV (RFC 4180): one row for each progress event, one column for each metric of any of the runs.
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { PrivateFolder } from "@deepaas/core/node";
import { ProgressCsv, type ProgressRow } from "@deepaas/protocol";
import type { ChunkWriter } from "./chunk-writer.ts";
import type { ExportedRun } from "./exported-run.ts";
import { fileWriter } from "./staged-files.ts";
import { writeError } from "./write-error.ts";

const spoolHint = "the rows are kept there first: set TMPDIR to another directory";

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
    const csv = new ProgressCsv();
    await spoolRows(runs, csv, spool);
    await out.write(csv.header());
    for await (const line of linesOf(spool)) await out.write(csv.line(JSON.parse(line) as ProgressRow));
  } finally {
    await folder.remove();
  }
}

async function spoolRows(runs: AsyncIterable<ExportedRun>, csv: ProgressCsv, path: string): Promise<void> {
  await using handle = await open(path, "wx", 0o600);
  const spool = fileWriter(handle, path, spoolHint);
  for await (const { run, events } of runs) {
    let attempt: number | undefined;
    for await (const event of events) {
      if (event.type === "started") attempt = event.attempt;
      if (event.type === "progress") await spool.write(`${JSON.stringify(csv.row(run.id, event, attempt))}\n`);
    }
  }
  await spool.flush();
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
