// What a setting is. A table of them makes the options of a command, their help, the environment, configuration files, the README
// and the error messages.

export type SettingValue = string | number | boolean | readonly string[];

export interface Setting {
  /** On the command line, with its argument: `--listen-port <port>`. Empty: only in the environment and in files. */
  readonly flag: string;
  /** Environment variable. The command line has precedence over it. */
  readonly env: string;
  /** "list": may be repeated; in the environment separated by commas. */
  readonly type: "string" | "integer" | "number" | "boolean" | "list";
  /** Absent: no value, described by `withoutDefault`. */
  readonly default?: SettingValue;
  readonly withoutDefault?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly choices?: readonly string[];
  /** The whole text must match, unless it is one of the choices. `patternText` says so in words. */
  readonly pattern?: RegExp;
  readonly patternText?: string;
  /** One line for `--help`. */
  readonly help: string;
  /** Further sentences for the README. */
  readonly details?: string;
  /** True: the value is never shown in help, errors or logs. */
  readonly secret?: true;
  /**
   * Other texts for a value, in lower case: as the Python server spells it. Also for each of several that are separated by
   * commas, and for what is behind their "=".
   */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Environment variables of the Python server, besides `OS_DEFAULT__` and the key. */
  readonly alsoEnv?: readonly string[];
  /** The value that the option `--no-…` stands for. Default: there is no such option, unless it is a boolean. */
  readonly withoutFlag?: string;
  /** Options that cannot be combined with this one. */
  readonly conflicts?: readonly string[];
  /** True: from the environment or a file it is no conflict for others, and has no effect beside them. */
  readonly mayBeUnused?: true;
  /** Why, and what to do about it: one sentence. */
  readonly conflictHint?: string;
}

interface Types {
  readonly string: string;
  readonly integer: number;
  readonly number: number;
  readonly boolean: boolean;
  readonly list: readonly string[];
}

/** The values of all settings of a table. */
export type ValuesOf<S extends Readonly<Record<string, Setting>>> = {
  readonly [K in keyof S as S[K] extends { readonly default: unknown } ? K : never]: Types[S[K]["type"]];
} & { readonly [K in keyof S as S[K] extends { readonly default: unknown } ? never : K]?: Types[S[K]["type"]] };

/** Parses the text of an option or an environment variable. Throws an Error with one sentence. */
export function parseSetting(setting: Setting, text: string): SettingValue {
  const { type, choices, pattern } = setting;
  if (type === "boolean") {
    if (/^(1|true|yes|on)$/i.test(text)) return true;
    if (/^(0|false|no|off|)$/i.test(text)) return false;
  } else if (type === "list") {
    const items = text.split(",").map((item) => item.trim());
    if (items.every((item) => matchesWhole(pattern, item))) return items;
  } else if (type === "string") {
    const value = setting.aliases === undefined ? text : withoutAliases(text, setting.aliases);
    if (choices?.includes(value) || ((pattern || !choices) && matchesWhole(pattern, value))) return value;
  } else {
    const value = (type === "integer" ? /^\d+$/ : /^\d+(\.\d+)?$/).test(text) ? Number(text) : Number.NaN;
    if (isWithin(setting, value)) return value;
  }
  throw new Error(`Must be ${allowedValues(setting)}.`);
}

function withoutAliases(text: string, aliases: Readonly<Record<string, string>>): string {
  const items = text.split(",").map((item) => {
    const valueAt = item.lastIndexOf("=") + 1;
    const value = item.slice(valueAt).trim();
    return item.slice(0, valueAt).trim() + (aliases[value.toLowerCase()] ?? value);
  });
  return items.join(",");
}

function matchesWhole(pattern: RegExp | undefined, text: string): boolean {
  return pattern === undefined || new RegExp(`^(?:${pattern.source})$`).test(text);
}

function isWithin({ minimum = 0, exclusiveMinimum = -1, maximum = Number.MAX_SAFE_INTEGER }: Setting, value: number) {
  return value >= minimum && value > exclusiveMinimum && value <= maximum;
}

/** Describes the allowed values: "a whole number from 0 to 65535". */
function allowedValues(setting: Setting): string {
  const { type, choices, patternText, minimum, exclusiveMinimum, maximum } = setting;
  if (type === "boolean") return "1 or 0";
  if (choices !== undefined) {
    return `one of ${choices.join(", ")}${patternText === undefined ? "" : `, or ${patternText}`}`;
  }
  if (type === "string" || type === "list") return patternText ?? "a text";
  const noun = type === "integer" ? "a whole number" : "a number";
  if (maximum !== undefined) return `${noun} from ${minimum ?? 0} to ${maximum}`;
  return exclusiveMinimum === undefined
    ? `${noun} of at least ${minimum ?? 0}`
    : `${noun} greater than ${exclusiveMinimum}`;
}

/** Describes the default for people: "off", "no limit", "1,000". */
export function defaultText({ default: value, withoutDefault, flag }: Setting): string {
  if (value === undefined || typeof value === "object") return withoutDefault ?? "none";
  if (typeof value === "boolean") return "off";
  if (typeof value === "number") return value.toLocaleString("en-US");
  return value === "" ? `empty` : flag === "" ? "" : `\`${value}\``;
}

/** The name of the setting in an INI file, in upper case, and behind the prefixes of the environment: `LISTEN_PORT`. */
export function keyOf({ env }: Setting): string {
  return env.replace(/^DEEPAAS_/, "");
}

export interface SettingFromEnv {
  readonly value: SettingValue;
  /** The environment variable. */
  readonly origin: string;
}

/** Returns the values of the environment variables that are set. Throws an Error that names the faulty variable. */
export function settingsFromEnv(
  settings: Readonly<Record<string, Setting>>,
  env: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, SettingFromEnv> {
  const values = new Map<string, SettingFromEnv>();
  for (const [name, setting] of Object.entries(settings)) {
    const variables = [setting.env, `OS_DEFAULT__${keyOf(setting)}`, ...(setting.alsoEnv ?? [])];
    const origin = variables.find((variable) => (env[variable] ?? "") !== "");
    if (origin === undefined) continue;
    const text = env[origin] as string;
    try {
      values.set(name, { value: parseSetting(setting, text), origin });
    } catch (error) {
      const value = setting.secret ? "" : `, not '${text}'`;
      throw new Error(`${origin}: ${(error as Error).message.replace(/\.$/, "")}${value}.`, { cause: error });
    }
  }
  return values;
}

/** The table of options in the README, in Markdown. */
export function settingsTable(settings: Readonly<Record<string, Setting>>): string {
  const rows = Object.values(settings).map((setting) => {
    const { flag, env, help, details, type } = setting;
    const limits = type === "boolean" ? "" : `; ${allowedValues(setting)}`;
    const text = `${help}${type === "string" && !setting.choices && !setting.patternText ? "" : limits}.`;
    const sentence = `${text.charAt(0).toUpperCase()}${text.slice(1)}${details === undefined ? "" : ` ${details}`}`;
    return `| ${flag === "" ? "" : `\`${flag}\``} | \`${env}\` | ${sentence} | ${defaultText(setting)} |`;
  });
  return ["| Option | Environment | Effect | Default |", "|---|---|---|---|", ...rows].join("\n");
}
