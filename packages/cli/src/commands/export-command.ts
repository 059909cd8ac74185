// `deepaas export`: the logs of runs as JSON lines, as CSV, or as event files of TensorBoard.
import type { Run, RunEvent } from "@deepaas/core";
import { type Command, Option } from "commander";
import type { ExportedRun } from "../export/export-runs.ts";
import { type ExportFormat, exportFormats } from "../export/formats.ts";
import type { OpenedRuns } from "../service/open-runs.ts";
import { clientCommand, withRuns } from "./client-command.ts";

interface ExportCommandOptions {
  readonly format: ExportFormat;
  readonly output?: string;
  readonly model?: string;
  readonly force?: true;
}

export function exportCommand(): Command {
  const command = clientCommand("export", "write the logs of runs for other programs")
    .argument("[run...]", "ids, or the start of them; default: all")
    .addOption(new Option("--format <format>", "how").choices(exportFormats).default("jsonl"))
    .option("-o, --output <path>", "file, or the directory of TensorBoard; -: stdout")
    .option("--model <name>", "only the runs of this model")
    .option("--force", "overwrite what is there");
  return command.action(async (ids: string[], { format, output, model, force }: ExportCommandOptions) => {
    await withRuns(command, async ({ read }) => {
      const { exportRuns } = await import("../export/export-runs.ts");
      const { files } = await exportRuns(chosenRuns(read, ids, model), { format, output, force: force === true });
      for (const file of files) process.stderr.write(`${file}\n`);
    });
  });
}

/** A run that goes on is exported up to the event that was its last one. */
async function* eventsSoFar(read: OpenedRuns["read"], { id, lastSeq }: Run): AsyncGenerator<RunEvent> {
  if (lastSeq === 0) return;
  for await (const event of read.watch(id)) {
    yield event;
    if (event.seq >= lastSeq) return;
  }
}

async function* chosenRuns(
  read: OpenedRuns["read"],
  ids: readonly string[],
  model: string | undefined,
): AsyncGenerator<ExportedRun> {
  const { findRun, listRuns } = await import("../service/find-run.ts");
  if (ids.length === 0) {
    const runs = listRuns(read, { ...(model !== undefined && { model }) });
    for await (const run of runs) yield { run, events: eventsSoFar(read, run) };
  }
  for (const id of ids) {
    const run = await findRun(read, id);
    if (model === undefined || run.model === model) yield { run, events: eventsSoFar(read, run) };
  }
}
