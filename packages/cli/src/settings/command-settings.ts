// From a table of settings to the options of a command, and to the values with which it runs.
import { type Command, InvalidArgumentError, Option } from "commander";
import { CliError } from "../cli-error.ts";
import { type ConfigFiles, readConfigFiles } from "./config-file.ts";
import {
  defaultText,
  parseSetting,
  type Setting,
  type SettingValue,
  settingsFromEnv,
  type ValuesOf,
} from "./setting.ts";

export type SettingTable = Readonly<Record<string, Setting>>;

export interface ResolvedSettings<S extends SettingTable> {
  readonly values: ValuesOf<S>;
  /** Where each value came from: an option, an environment variable, a place in a file, or "default". */
  readonly origins: ReadonlyMap<string, string>;
  /** `models` of the configuration file. */
  readonly models: ReadonlyMap<string, string>;
}

export function addSettings(command: Command, settings: SettingTable): Command {
  for (const setting of Object.values(settings)) {
    if (setting.flag === "") continue;
    command.addOption(optionFor(setting));
    // The opposite, for a value of the environment or a file.
    if (setting.type === "boolean" || setting.withoutFlag !== undefined)
      command.addOption(new Option(oppositeOf(setting.flag)).hideHelp());
  }
  return command;
}

function oppositeOf(flag: string): string {
  const [name = ""] = flag.split(" ");
  return name.startsWith("--no-") ? name.replace("--no-", "--") : name.replace("--", "--no-");
}

function optionFor(setting: Setting): Option {
  const { flag, env, help, type, choices, conflicts, conflictHint } = setting;
  const isOff = type === "boolean" || setting.default === "";
  const text = typeof setting.default === "number" ? String(setting.default) : defaultText(setting).replaceAll("`", "");
  const option = new Option(flag, `${help}${isOff ? "" : ` (default: ${text})`} [${env}]`);
  // Commander has no hints.
  if (conflicts && conflictHint === undefined) option.conflicts([...conflicts]);
  if (type === "list")
    option.argParser((given, before: string[] | undefined) => [
      ...(before ?? []),
      ...(parsed(setting, given) as string[]),
    ]);
  else if (type !== "boolean") option.argParser((given) => parsed(setting, given));
  if (choices) option.argChoices = [...choices];
  return option;
}

function parsed(setting: Setting, text: string): SettingValue {
  try {
    return parseSetting(setting, text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** The command line has precedence over the environment, that over configuration files, and those over the defaults. */
export async function resolveSettings<S extends SettingTable>(
  command: Command,
  settings: S,
  { filesFor = settings }: { readonly filesFor?: SettingTable } = {},
): Promise<ResolvedSettings<S>> {
  const given = command.opts<Readonly<Record<string, SettingValue>>>();
  const isOnCommandLine = (name: string) => command.getOptionValueSource(name) === "cli";
  const fromEnv = envOf(settings);
  const files = (isOnCommandLine("configFile") ? given.configFile : fromEnv.get("configFile")?.value) ?? [];
  const config: ConfigFiles = await readConfigFiles(filesFor, files as readonly string[]);
  const values: Record<string, SettingValue> = {};
  const origins = new Map<string, string>();
  for (const [name, setting] of Object.entries(settings)) {
    const fromFile = fromEnv.get(name) ?? config.values.get(name);
    const onCommandLine = given[name] === false ? (setting.withoutFlag ?? false) : given[name];
    const value = isOnCommandLine(name) ? onCommandLine : (fromFile?.value ?? setting.default);
    if (value === undefined) continue;
    values[name] = value;
    const option = setting.flag.split(" ")[0] as string;
    origins.set(name, isOnCommandLine(name) ? option : (fromFile?.origin ?? "default"));
  }
  checkConflicts(values, settings, origins);
  return { values: values as ValuesOf<S>, origins, models: config.models };
}

function envOf(settings: SettingTable) {
  try {
    return settingsFromEnv(settings, process.env);
  } catch (error) {
    throw new CliError("invalid_args", (error as Error).message.replace(/\.$/, ""));
  }
}

/** Commander checks the command line alone, and only settings without a hint. */
function checkConflicts(
  values: Readonly<Record<string, SettingValue>>,
  settings: SettingTable,
  origins: ReadonlyMap<string, string>,
): void {
  const isGiven = (name: string) => origins.has(name) && origins.get(name) !== "default";
  const isConflict = (name: string) => {
    const { mayBeUnused, flag } = settings[name] as Setting;
    return isGiven(name) && !(mayBeUnused && origins.get(name) !== flag.split(" ")[0]);
  };
  for (const [name, setting] of Object.entries(settings)) {
    if (!isGiven(name) || values[name] === setting.default) continue;
    const other = setting.conflicts?.find((one) => isConflict(one));
    if (other === undefined) continue;
    const { flag, env } = settings[other] as Setting;
    throw new CliError(
      "invalid_args",
      `${setting.flag} (${setting.env}) cannot be used with ${flag.split(" ")[0]} (${env})`,
      { hint: setting.conflictHint },
    );
  }
}
