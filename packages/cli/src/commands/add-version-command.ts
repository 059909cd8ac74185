// `deepaas add-version`: keeps weights that were made elsewhere in the data directory of a server that does not run.
import { statSync } from "node:fs";
import { DeepaasError, isName, nameRules } from "@deepaas/core";
import { fileFromPath } from "@deepaas/core/node";
import { Command, InvalidArgumentError } from "commander";
import { CliError } from "../cli-error.ts";
import { openDataDir } from "../serve/data-dir.ts";
import { runSettings } from "../settings/run-settings.ts";

interface AddVersionSettings {
  readonly dataDir: string;
  readonly metric: Readonly<Record<string, number>>;
}

export function addVersionCommand(): Command {
  const { dataDir } = runSettings;
  return new Command("add-version")
    .description("keep weights that were made elsewhere as the next version of a model")
    .argument("<model>", "the name under which the model is served")
    .argument("<file>", "the weights; they may be code, so they are only read from this machine")
    .option(dataDir.flag, `${dataDir.help} [${dataDir.env}]`, process.env[dataDir.env] ?? dataDir.default)
    .option("--metric <name=value>", "a metric of the weights, may be repeated", metricFrom, {})
    .action(addVersion);
}

function metricFrom(text: string, before: AddVersionSettings["metric"]): AddVersionSettings["metric"] {
  const [, name, number] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  const value = Number(number);
  if (name === undefined || !Number.isFinite(value)) throw new InvalidArgumentError("Must be a name, = and a number.");
  return { ...before, [name]: value };
}

/** The server decides nothing about it: the version is kept, and served when somebody asks for it. */
async function addVersion(
  model: string,
  file: string,
  { dataDir, metric: metrics }: AddVersionSettings,
): Promise<void> {
  if (!isName("model", model)) throw new CliError("invalid_args", `a model's name must be ${nameRules.model}`);
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true)
    throw new CliError("invalid_args", `${file} is not a file`);
  if (statSync(dataDir, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new CliError("invalid_args", `there is no data directory ${dataDir}`);
  using folder = openDataDir(dataDir);
  const { directoryBlobs, sqliteStore } = await import("@deepaas/sqlite");
  const store = sqliteStore({ path: folder.store });
  try {
    await store.open({ id: crypto.randomUUID() });
    const blob = await directoryBlobs({ path: folder.blobs }).put(await fileFromPath(file, {}));
    const version = await store.addVersion({ model, metrics, blob, ...(blob.sha256 && { sha256: blob.sha256 }) });
    // Without an attempt it is never stale.
    if (version === "stale") throw new DeepaasError("internal", "The version was not kept.");
    process.stdout.write(
      `version ${version.number} of ${model} is kept, not served: while the server runs, ` +
        `POST /v2/models/${model}/versions/${version.number}/serve serves it\n`,
    );
  } finally {
    await store.close();
  }
}
