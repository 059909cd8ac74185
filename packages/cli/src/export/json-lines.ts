// An export as JSON lines: the events of the runs, as they are.
import type { ChunkWriter } from "./chunk-writer.ts";
import type { ExportedRun } from "./exported-run.ts";

/** Writes one line for each event: the id of its run as `run`, and its members. */
export async function writeJsonLines(runs: AsyncIterable<ExportedRun>, out: ChunkWriter): Promise<void> {
  for await (const { run, events } of runs) {
    for await (const event of events) await out.write(`${JSON.stringify({ run: run.id, ...event })}\n`);
  }
}
