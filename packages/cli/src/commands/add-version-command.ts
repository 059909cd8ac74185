// `deepaas add-version`: keeps weights that were made elsewhere in the data directory of a server that does not run.
import { Command, InvalidArgumentError } from "commander";
import { runSettings } from "../settings/run-settings.ts";

type Metrics = Readonly<Record<string, number>>;

export function addVersionCommand(): Command {
  const { dataDir } = runSettings;
  return new Command("add-version")
    .description("keep weights that were made elsewhere as the next version of a model")
    .argument("<model>", "the name under which the model is served")
    .argument("<file>", "the weights; they may be code, so they are only read from this machine")
    .option(dataDir.flag, `${dataDir.help} [${dataDir.env}]`, process.env[dataDir.env] ?? dataDir.default)
    .option("--metric <name=value>", "a metric of the weights, may be repeated", metricFrom, {})
    .action(
      async (
        model: string,
        file: string,
        { dataDir: folder, metric: metrics }: { dataDir: string; metric: Metrics },
      ) => {
        const { addVersion } = await import("../service/add-version.ts");
        await addVersion({ model, file, dataDir: folder, metrics });
      },
    );
}

function metricFrom(text: string, before: Metrics): Metrics {
  const [, name, number] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  const value = Number(number);
  if (name === undefined || !Number.isFinite(value)) throw new InvalidArgumentError("Must be a name, = and a number.");
  return { ...before, [name]: value };
}
