// `deepaas run`: its arguments and options, checked before anything is loaded.
import { Command, InvalidArgumentError, Option } from "commander";
import type { RunCommandOptions } from "./run-options.ts";

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

export function runCommand(): Command {
  return new Command("run")
    .description("serve one or more models until SIGINT or SIGTERM")
    .argument("<[name=]module...>", "a .ts, .js or .mjs file; its name is served, or the one before =")
    .option("--listen-ip <ip>", "address to listen at", "127.0.0.1")
    .option("--listen-port <port>", "port to listen at; 0: any free one", wholeNumber(65_535), 5_000)
    .option("--insecure", "serve without authentication beyond this machine (or DEEPAAS_INSECURE=1)", false)
    .option("--base-path <path>", "what every path of the API starts with", basePath, "")
    .option("--client-max-size <bytes>", "largest request body; 0: unlimited", wholeNumber(), 100 * 1024 * 1024)
    .option("--raw-predictions", "predictions without a schema as JSON instead of a string", false)
    .option("--drain-seconds <seconds>", "how long running predicts may take at the end", seconds, 30)
    .option("--workers <number>", "processes that answer predicts, one call each", wholeNumber(1_024, 1), 1)
    .option("--train-workers <number>", "processes that train, one run each", wholeNumber(1_024, 1), 1)
    .option("--shared-workers", "train in the processes that predict: one copy of the weights each", false)
    .addOption(
      new Option("--inline", "run the models in the server's own process")
        .default(false)
        .conflicts(["workers", "trainWorkers", "sharedWorkers", "debugEndpoint"]),
    )
    .option("--debug-endpoint", "show at /v2/debug/ what the models print", false)
    .option("--data-dir <dir>", "where runs and their files are kept; one server each", ".deepaas")
    .addOption(new Option("--no-store", "keep runs in memory, until the end of the server").conflicts("dataDir"))
    .option(
      "--keep-runs <number>",
      "ended runs that are kept; the first to end goes first",
      wholeNumber(Number.MAX_SAFE_INTEGER, 1),
      1_000,
    )
    .option("--keep-days <days>", "how long a run is kept after its end (default: no limit)", positive)
    .option("--max-bytes <bytes>", "what ended runs may hold together (default: no limit)", wholeNumber())
    .addOption(new Option("--log-level <level>", "what is logged to stderr").choices(logLevels).default("info"))
    .action(async (modules: string[], options: RunCommandOptions) => {
      const { runModels } = await import("./run-models.ts");
      await runModels(modules, options);
    });
}

function wholeNumber(maximum = Number.MAX_SAFE_INTEGER, minimum = 0) {
  return (text: string) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`It is a whole number from ${minimum} to ${maximum}.`);
  };
}

/** At most a day: what a timer can wait for is limited. */
function seconds(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 86_400) return value;
  throw new InvalidArgumentError("It is a number from 0 to 86400.");
}

function positive(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (value > 0 && value <= Number.MAX_SAFE_INTEGER) return value;
  throw new InvalidArgumentError("It is a number greater than 0.");
}

function basePath(text: string): string {
  const path = text.replace(/\/+$/, "");
  if (/^(?:\/[A-Za-z0-9._~-]+)*$/.test(path)) return path;
  throw new InvalidArgumentError("It starts with a slash, in steps of A-Z a-z 0-9 . _ ~ -");
}
