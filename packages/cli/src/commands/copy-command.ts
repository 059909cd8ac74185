// `deepaas copy`: from the data directory of one server to what several nodes share.
import { Command } from "commander";
import { allSettings, jsonSettings } from "../settings/client-settings.ts";
import { addSettings, resolveSettings } from "../settings/command-settings.ts";
import { runSettings } from "../settings/run-settings.ts";
import { exitOnSignals } from "./exit-on-signals.ts";

const { store, storeDirectUrl, files, s3Endpoint, secretKey, insecure, configFile } = runSettings;
const copySettings = {
  // The data directory is the source.
  store: { ...store, conflicts: [], help: "where to: the Postgres database of the nodes" },
  files: { ...files, help: "where to: the place for files that all nodes see" },
  ...{ storeDirectUrl, s3Endpoint, secretKey, insecure, configFile, ...jsonSettings },
} as const;

export function copyCommand(): Command {
  const command = new Command("copy")
    .description("copy the data directory of a server that does not run to the store of several nodes")
    .requiredOption("--from <dir>", "the data directory; nothing in it is changed");
  return addSettings(command, copySettings).action(async () => {
    const { values } = await resolveSettings(command, copySettings, { filesFor: allSettings });
    exitOnSignals("the copy is not complete; the same command continues it");
    const [{ copyDataDir, copiedText }, { copyProgress }, { printJson }] = await Promise.all([
      import("../copy/copy-data-dir.ts"),
      import("../backup/copy-progress.ts"),
      import("../terminal/output.ts"),
    ]);
    const { from } = command.opts<{ readonly from: string }>();
    const progress = await copyProgress(process.stderr);
    const copied = await copyDataDir({ dataDir: from, settings: values, progress });
    if (values.json) printJson({ path: from, ...copied });
    else process.stdout.write(`${copiedText(from, copied)}\n`);
  });
}
