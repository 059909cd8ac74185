// `deepaas versions` and `deepaas serve-version`: the versions of a model's weights.
import type { Command } from "commander";
import { clientCommand, wholeNumber, withRuns } from "./client-command.ts";

export function versionsCommand(): Command {
  const command = clientCommand("versions", "list the versions of a model's weights").argument("<model>", "its name");
  return command.action(async (model: string) => {
    await withRuns(command, async ({ read }, { json }) => {
      const versions = await read.versions(model);
      const { printJson } = await import("../terminal/output.ts");
      const { versionsText } = await import("../terminal/version-table.ts");
      if (json) printJson(versions);
      else process.stdout.write(versionsText(versions));
    });
  });
}

export function serveVersionCommand(): Command {
  const command = clientCommand("serve-version", "serve another version of a model's weights; no call is dropped")
    .argument("<model>", "its name")
    .argument("<version>", "its number; 0: the weights that the model is shipped with", wholeNumber);
  return command.action(async (model: string, version: number) => {
    await withRuns(command, async (opened, { json }) => {
      const versions = await opened.server.serveVersion(model, version);
      const { printJson } = await import("../terminal/output.ts");
      if (json) printJson(versions);
      else process.stdout.write(`${model} serves version ${versions.served}\n`);
    });
  });
}
