// `deepaas cancel` and `deepaas rm`: ends runs, and removes ended ones.
import type { ModelService } from "@deepaas/core";
import type { Command } from "commander";
import { clientCommand, withRuns } from "./client-command.ts";

/** What a command does to one run, and what it then says of it. */
type Change = (server: ModelService, id: string) => Promise<{ readonly text: string; readonly json: unknown }>;

export function cancelCommand(): Command {
  const command = clientCommand("cancel", "cancel runs; each ends when its model has stopped");
  return changing(command, async (server, id) => {
    const run = await server.cancel(id);
    return { text: `${id} ${run.state}`, json: run };
  });
}

export function removeCommand(): Command {
  const command = clientCommand("rm", "remove ended runs with their logs and files");
  return changing(command, async (server, id) => {
    await server.remove(id);
    return { text: `${id} removed`, json: { id, removed: true } };
  });
}

function changing(command: Command, change: Change): Command {
  return command.argument("<run...>", "ids, or the start of them").action(async (ids: string[]) => {
    await withRuns(command, async (opened, settings) => {
      const { findRun } = await import("../service/find-run.ts");
      const { printJson } = await import("../terminal/output.ts");
      for (const id of ids) {
        const { text, json } = await change(opened.server, (await findRun(opened.read, id)).id);
        if (settings.json) printJson(json);
        else process.stdout.write(`${text}\n`);
      }
    });
  });
}
