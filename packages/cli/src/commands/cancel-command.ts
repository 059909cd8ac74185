// `deepaas cancel` and `deepaas rm`: ends runs, and removes ended ones.
import type { Command } from "commander";
import { clientCommand, withRuns } from "./client-command.ts";

export function cancelCommand(): Command {
  const command = clientCommand("cancel", "cancel runs; each ends when its model has stopped").argument(
    "<run...>",
    "ids, or the start of them",
  );
  return command.action(async (ids: string[]) => {
    await withRuns(command, async (opened, { json }) => {
      const { findRun } = await import("../service/find-run.ts");
      const { printJson } = await import("../terminal/output.ts");
      for (const id of ids) {
        const run = await opened.server.cancel((await findRun(opened.read, id)).id);
        if (json) printJson(run);
        else process.stdout.write(`${run.id} ${run.state}\n`);
      }
    });
  });
}

export function removeCommand(): Command {
  const command = clientCommand("rm", "remove ended runs with their logs and files").argument(
    "<run...>",
    "ids, or the start of them",
  );
  return command.action(async (ids: string[]) => {
    await withRuns(command, async (opened, { json }) => {
      const { findRun } = await import("../service/find-run.ts");
      const { printJson } = await import("../terminal/output.ts");
      for (const id of ids) {
        const run = await findRun(opened.read, id);
        await opened.server.remove(run.id);
        if (json) printJson({ id: run.id, removed: true });
        else process.stdout.write(`${run.id} removed\n`);
      }
    });
  });
}
