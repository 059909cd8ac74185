// `deepaas run`: its arguments and options, checked before anything is loaded.
import { Command, InvalidArgumentError, Option } from "commander";
import { CliError } from "../cli-error.ts";
import {
  defaultText,
  parseSetting,
  type RunSettings,
  runSettings,
  type Setting,
  settingsFromEnv,
} from "../settings/settings.ts";

export function runCommand(): Command {
  const command = new Command("run")
    .description("serve one or more models until SIGINT or SIGTERM")
    .argument(
      "<[name=]module...>",
      "a .ts, .js or .mjs file; the name of the model is the file name, or the text before =",
    );
  for (const setting of Object.values(runSettings)) command.addOption(optionFor(setting));
  return command.action(async (modules: string[]) => {
    const { runModels } = await import("../serve/run-models.ts");
    await runModels(modules, settingsOf(command));
  });
}

function optionFor(setting: Setting): Option {
  const { flag, env, help, type, default: value, choices, conflicts, secret } = setting;
  const text = value === undefined ? ` (default: ${defaultText(setting)})` : "";
  const option = new Option(flag, `${help}${text} [${env}]`);
  if (conflicts) option.conflicts([...conflicts]);
  if (choices) option.choices(choices);
  else if (type === "list")
    option.argParser((given, before: string[]) => [...before, ...(parsed(setting, given) as string[])]);
  else if (type !== "boolean") option.argParser((given) => parsed(setting, given));
  if (flag.startsWith("--no-")) return option;
  return value === undefined
    ? option
    : option.default(value, secret ? "hidden" : type === "list" ? defaultText(setting) : undefined);
}

function parsed(setting: Setting, text: string): unknown {
  try {
    return parseSetting(setting, text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** The command line has precedence over the environment, and the environment over the defaults. */
function settingsOf(command: Command): RunSettings {
  let fromEnv: Record<string, unknown>;
  try {
    fromEnv = settingsFromEnv(runSettings, process.env);
  } catch (error) {
    throw new CliError("invalid_args", (error as Error).message);
  }
  const isOnCommandLine = (name: string) => command.getOptionValueSource(name) === "cli";
  const unset = Object.entries(fromEnv).filter(([name]) => !isOnCommandLine(name));
  const isGiven = (name: string) => isOnCommandLine(name) || unset.some(([one]) => one === name);
  const values = { ...command.opts<RunSettings>(), ...Object.fromEntries(unset) };
  checkConflicts(values, isGiven);
  return values;
}

/** Commander checks the command line alone. */
function checkConflicts(values: RunSettings, isGiven: (name: string) => boolean): void {
  for (const [name, setting] of Object.entries<Setting>(runSettings)) {
    if (!isGiven(name) || values[name as keyof RunSettings] === setting.default) continue;
    const other = setting.conflicts?.find(isGiven);
    if (other === undefined) continue;
    const { flag, env } = runSettings[other as keyof RunSettings];
    throw new CliError(
      "invalid_args",
      `${setting.flag} (${setting.env}) cannot be used with ${flag.split(" ")[0]} (${env})`,
    );
  }
}
