// `deepaas backup` and `deepaas restore`: the data directory of a server as it was at one moment.
import { Command } from "commander";
import { allSettings, jsonSettings } from "../settings/client-settings.ts";
import { addSettings, resolveSettings } from "../settings/command-settings.ts";
import { runSettings } from "../settings/run-settings.ts";
import { exitOnSignals } from "./exit-on-signals.ts";

const { dataDir, configFile } = runSettings;
const backupSettings = { dataDir, configFile, ...jsonSettings } as const;

export function backupCommand(): Command {
  const command = new Command("backup")
    .description("copy the data directory of a server, which may run, to a new directory")
    .argument("<dir>", "where to: a directory that does not exist yet, or is empty");
  return addSettings(command, backupSettings).action(async (target: string) => {
    const { values } = await resolveSettings(command, backupSettings, { filesFor: allSettings });
    exitOnSignals("no backup was made");
    const [{ backUp }, { copyProgress }, { printJson }, { bytesText }] = await Promise.all([
      import("../backup/back-up.ts"),
      import("../backup/copy-progress.ts"),
      import("../terminal/output.ts"),
      import("../terminal/texts.ts"),
    ]);
    const progress = await copyProgress(process.stderr);
    const made = await backUp({ dataDir: values.dataDir, target, progress });
    if (values.json) printJson({ path: target, ...made });
    else {
      const { runs, files, bytes } = made;
      process.stdout.write(
        `backed up ${contentText(runs, files)} of ${values.dataDir} to ${target} (${bytesText(bytes)})\n`,
      );
    }
  });
}

export function restoreCommand(): Command {
  const command = new Command("restore")
    .description("put the data of a backup into the data directory of a server that does not run")
    .argument("<dir>", "a directory that deepaas backup has made")
    .option("--force", "replace the data that are there, and keep them in a folder beside the restored ones");
  return addSettings(command, backupSettings).action(async (backup: string) => {
    const { values } = await resolveSettings(command, backupSettings, { filesFor: allSettings });
    exitOnSignals("nothing was restored");
    const [{ restore }, { copyProgress }, { printJson }] = await Promise.all([
      import("../backup/restore.ts"),
      import("../backup/copy-progress.ts"),
      import("../terminal/output.ts"),
    ]);
    const force = command.opts<{ readonly force?: true }>().force === true;
    const progress = await copyProgress(process.stderr);
    const restored = await restore({ backup, dataDir: values.dataDir, force, progress });
    if (values.json) printJson({ path: values.dataDir, ...restored });
    else {
      const { runs, files, createdAt, before } = restored;
      process.stdout.write(`restored ${contentText(runs, files)} of ${createdAt} to ${values.dataDir}\n`);
      if (before !== undefined) process.stdout.write(`the data from before are in ${before}\n`);
    }
  });
}

function contentText(runs: number, files: number): string {
  return `${runs} ${runs === 1 ? "run" : "runs"} and ${files} ${files === 1 ? "file" : "files"}`;
}
