// `deepaas runs`: the runs of a server or of a data directory, as a table, or one of them.
import type { Run, RunState } from "@deepaas/core";
import { type Command, Option } from "commander";
import { CliError } from "../cli-error.ts";
import { clientCommand, wholeNumber, withRuns } from "./client-command.ts";

interface RunsOptions {
  readonly model?: string;
  readonly state?: RunState;
  readonly limit: number;
  readonly orderByMetric?: string;
  readonly descending?: true;
}

const states: readonly RunState[] = ["queued", "running", "stopping", "lost", "succeeded", "failed", "cancelled"];

export function runsCommand(): Command {
  const command = clientCommand("runs", "list the runs, newest first; or show one")
    .argument("[run]", "id of a run, or the start of one")
    .option("--model <name>", "only those of this model")
    .addOption(new Option("--state <state>", "only those in this state").choices(states))
    .option("--limit <number>", "most runs to list", wholeNumber, 20)
    .option("--order-by-metric <name>", "the smallest last value of this metric first; runs without it come last")
    .option("--descending", "with --order-by-metric: the largest value first");
  return command.action(async (id: string | undefined, options: RunsOptions) => {
    const { model, state, limit, orderByMetric, descending } = options;
    if (descending && orderByMetric === undefined)
      throw new CliError("invalid_args", "--descending needs --order-by-metric");
    await withRuns(command, async ({ read }, { json }) => {
      const { printJson } = await import("../terminal/output.ts");
      const { findRun, listRuns } = await import("../service/find-run.ts");
      const { runText, runsTable } = await import("../terminal/run-table.ts");
      if (id !== undefined) {
        const run = await findRun(read, id);
        if (json) printJson(run);
        else process.stdout.write(runText(run));
        return;
      }
      const filter = {
        newestFirst: true,
        ...(model !== undefined && { model }),
        ...(state !== undefined && { state }),
        ...(orderByMetric !== undefined && { orderByMetric }),
        ...(descending && { descending }),
      };
      const runs: Run[] = [];
      for await (const run of listRuns(read, filter, limit)) runs.push(run);
      if (json) for (const run of runs) printJson(run);
      else if (runs.length === 0) process.stdout.write("no runs\n");
      else process.stdout.write(runsTable(runs));
    });
  });
}
