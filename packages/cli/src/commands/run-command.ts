// `deepaas run`: its arguments and options, checked before anything is loaded.
import { Command } from "commander";
import { addSettings, resolveSettings } from "../settings/command-settings.ts";
import { runSettings } from "../settings/run-settings.ts";

interface PrintOptions {
  readonly printConfig?: true;
  readonly json?: true;
}

export function runCommand(): Command {
  const command = new Command("run")
    .description("serve models until SIGINT or SIGTERM")
    .argument(
      "[model...]",
      "a module ([name=]file.ts, .js, .mjs or .py, or pkg.mod:attr), the folder of a Python project or package, or the name of a model that is found; without it all that are found",
    );
  addSettings(command, runSettings)
    .option("--print-config", "show every setting and where it came from, and end")
    .option("--json", "with --print-config: as JSON");
  return command.action(async (given: string[], { printConfig, json }: PrintOptions) => {
    const { values, origins, models: configured } = await resolveSettings(command, runSettings);
    if (printConfig) {
      const { configJson, configText } = await import("../settings/config-text.ts");
      process.stdout.write(json ? configJson(values, origins) : configText(values, origins));
      return;
    }
    const { chooseModels } = await import("../models/choose-models.ts");
    const { models, pythonLines } = chooseModels({ given, names: values.modelName, configured, python: values.python });
    for (const line of pythonLines()) process.stderr.write(`deepaas: ${line}\n`);
    const { runModels } = await import("../serve/run-models.ts");
    await runModels(models, values);
  });
}
