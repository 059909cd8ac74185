// Configuration files: `deepaas.config.ts` or `.json` of a project, or an INI file, as `deepaas-run` of the Python server reads it.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, extname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CliError } from "../cli-error.ts";
import { didYouMean } from "../nearest.ts";
import { keyOf, parseSetting, type Setting, type SettingValue } from "./setting.ts";

export interface Configured {
  readonly value: SettingValue;
  /** Where the value is: the file, with a line or a JSON Pointer. */
  readonly origin: string;
}

export interface ConfigFiles {
  /** The values by the name of their setting. */
  readonly values: ReadonlyMap<string, Configured>;
  /** `models` of the file of a project: modules by name, as absolute paths. */
  readonly models: ReadonlyMap<string, string>;
}

type Settings = Readonly<Record<string, Setting>>;

const projectFiles = [
  "deepaas.config.ts",
  "deepaas.config.mts",
  "deepaas.config.js",
  "deepaas.config.mjs",
  "deepaas.config.json",
];
const iniFiles = ["deepaas.conf", "deepaas-run.conf"];
/** Keys of the Python server that mean nothing here: a model is always warm before it is served. */
const ignoredKeys: ReadonlySet<string> = new Set(["warm"]);

/**
 * Reads `files`, or without them the configuration file of the project in the working directory, or without that the INI files
 * where the Python server looks for them. A later file has precedence. Throws a CliError with the place of an unknown key or a
 * wrong value.
 */
export async function readConfigFiles(settings: Settings, files: readonly string[]): Promise<ConfigFiles> {
  const values = new Map<string, Configured>();
  const models = new Map<string, string>();
  for (const file of files.length > 0 ? files : foundFiles()) {
    if (extname(file) === ".conf" || extname(file) === ".ini") readIni(file, settings, values);
    else await readProjectFile(file, { settings, values, models });
  }
  return { values, models };
}

function foundFiles(): readonly string[] {
  const ofProject = projectFiles.find((file) => existsSync(file));
  if (ofProject !== undefined) return [ofProject];
  const folders = [join(homedir(), ".deepaas"), homedir(), "/etc/deepaas", "/etc"];
  return iniFiles.flatMap((name) => folders.map((folder) => join(folder, name)).find((file) => existsSync(file)) ?? []);
}

interface Reading {
  readonly settings: Settings;
  readonly values: Map<string, Configured>;
  readonly models: Map<string, string>;
}

async function readProjectFile(file: string, { settings, values, models }: Reading): Promise<void> {
  const config = await objectIn(file);
  for (const [name, value] of Object.entries(config)) {
    const origin = `${file}#/${name}`;
    if (value === undefined) continue;
    if (name === "models") {
      for (const [model, path] of modelsFrom(value, file)) models.set(model, path);
      continue;
    }
    const setting = Object.hasOwn(settings, name) ? settings[name] : undefined;
    if (!setting) throw unknownKey(origin, name, [...Object.keys(settings), "models"]);
    const parsed = typedValue(setting, value);
    if (parsed === undefined) throw wrongValue(origin, setting, { value, why: mustBe(setting) });
    values.set(name, { value: parsed, origin });
  }
}

async function objectIn(file: string): Promise<Readonly<Record<string, unknown>>> {
  let config: unknown;
  try {
    const isJson = extname(file) === ".json";
    if (isJson) config = JSON.parse(readFileSync(file, "utf8"));
    else config = ((await import(pathToFileURL(resolve(file)).href)) as { readonly default?: unknown }).default;
  } catch (error) {
    throw new CliError("invalid_args", `${file} cannot be read: ${(error as Error).message.split("\n")[0]}`, {
      cause: error,
    });
  }
  if (typeof config === "object" && config !== null && !Array.isArray(config)) return config as Record<string, unknown>;
  throw new CliError("invalid_args", `${file} must be an object of settings`, {
    hint: 'export default { listenPort: 5000, models: { digits: "./digits.ts" } }',
  });
}

/** Modules by name: `{ "digits": "./digits.ts" }`, relative to the file. */
function modelsFrom(value: unknown, file: string): readonly (readonly [string, string])[] {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  const models = isRecord ? Object.entries(value) : [];
  if (!isRecord || models.some(([, path]) => typeof path !== "string")) {
    throw new CliError("invalid_args", `${file}#/models must be an object of modules by the name of their model`);
  }
  return models.map(([name, path]) => [name, resolve(dirname(file), path as string)]);
}

/** Returns undefined for a value of another type, or beyond the limits. */
function typedValue(setting: Setting, value: unknown): SettingValue | undefined {
  const { type } = setting;
  try {
    if (type === "boolean") return typeof value === "boolean" ? value : undefined;
    if (type === "list") {
      const items = Array.isArray(value) ? value : [value];
      return items.every((item) => typeof item === "string")
        ? items.flatMap((item) => parseSetting(setting, item) as string[])
        : undefined;
    }
    // A setting that was true or false once.
    const text = typeof value === "boolean" ? setting.aliases?.[String(value)] : undefined;
    if (text !== undefined) return parseSetting(setting, text);
    if (typeof value !== (type === "string" ? "string" : "number")) return undefined;
    return parseSetting(setting, String(value));
  } catch {
    return undefined;
  }
}

function readIni(file: string, settings: Settings, values: Map<string, Configured>): void {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new CliError("invalid_args", `${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const names = new Map(Object.entries(settings).map(([name, setting]) => [keyOf(setting).toLowerCase(), name]));
  let section = "DEFAULT";
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    const origin = `${relativeToHome(file)} line ${i + 1}`;
    if (line === "" || /^[#;]/.test(line)) continue;
    const [, header] = /^\[([^\]]*)\]$/.exec(line) ?? [];
    if (header !== undefined) {
      section = header;
      continue;
    }
    if (section !== "DEFAULT") continue;
    const [, key = "", given = ""] = /^([^=:]*?)\s*[=:]\s*(.*)$/.exec(line) ?? [];
    if (key === "") throw new CliError("invalid_args", `${origin}: must be a section, or a key, = and a value`);
    if (ignoredKeys.has(key)) continue;
    const name = names.get(key);
    if (name === undefined) throw unknownKey(origin, key, names.keys());
    const setting = settings[name] as Setting;
    const value = given.replace(/^(["'])(.*)\1$/, "$2");
    try {
      values.set(name, { value: parseSetting(setting, value), origin });
    } catch (error) {
      throw wrongValue(origin, setting, { value, why: (error as Error).message });
    }
  }
}

function unknownKey(origin: string, key: string, known: Iterable<string>): CliError {
  return new CliError("invalid_args", `${origin}: there is no setting ${key}${didYouMean(key, known)}`);
}

function wrongValue(
  origin: string,
  setting: Setting,
  { value, why }: { readonly value: unknown; readonly why: string },
): CliError {
  const shown = setting.secret ? "" : `, not ${JSON.stringify(value)}`;
  return new CliError("invalid_args", `${origin}: ${why.replace(/^Must/, "must").replace(/\.$/, "")}${shown}`);
}

function mustBe(setting: Setting): string {
  try {
    // No value of any setting.
    parseSetting(setting, "\0");
  } catch (error) {
    return (error as Error).message;
  }
  return setting.type === "list" ? "Must be a list of texts." : "Must be a text.";
}

function relativeToHome(file: string): string {
  const inHome = relative(homedir(), file);
  return inHome.startsWith("..") ? file : join("~", inHome);
}
