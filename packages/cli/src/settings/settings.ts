// The configuration of `deepaas run`: one entry for each option. The parser, the environment, `--help`, the README and the
// error messages are made from this table.

export type SettingValue = string | number | boolean | readonly string[];

export interface Setting {
  /** On the command line, with its argument: `--listen-port <port>`. */
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
  /** The whole text must match. `patternText` says so in words. */
  readonly pattern?: RegExp;
  readonly patternText?: string;
  /** One line for `--help`. */
  readonly help: string;
  /** Further sentences for the README. */
  readonly details?: string;
  /** True: the value is never shown in help, errors or logs. */
  readonly secret?: true;
  /** Options that cannot be combined with this one. */
  readonly conflicts?: readonly string[];
}

export const runSettings = {
  listenIp: {
    flag: "--listen-ip <ip>",
    env: "DEEPAAS_LISTEN_IP",
    type: "string",
    default: "127.0.0.1",
    help: "address to listen on",
  },
  listenPort: {
    flag: "--listen-port <port>",
    env: "DEEPAAS_LISTEN_PORT",
    type: "integer",
    default: 5_000,
    minimum: 0,
    maximum: 65_535,
    help: "port to listen on; 0: any free port",
  },
  insecure: {
    flag: "--insecure",
    env: "DEEPAAS_INSECURE",
    type: "boolean",
    default: false,
    help: "allow an address that other machines can reach, without authentication",
  },
  allowHost: {
    flag: "--allow-host <host>",
    env: "DEEPAAS_ALLOW_HOST",
    type: "list",
    default: [],
    withoutDefault: "loopback names on a loopback address, else any",
    pattern: /\*|[^@/?#\\\s,]+/,
    patternText: "a host such as example.org or example.org:5000, or *",
    help: "further names of this server in the Host header, may be repeated; *: any",
    details: "Others are refused, which prevents DNS rebinding.",
  },
  allowOrigin: {
    flag: "--allow-origin <origin>",
    env: "DEEPAAS_ALLOW_ORIGIN",
    type: "list",
    default: [],
    withoutDefault: "none",
    pattern: /\*|https?:\/\/[^@/?#\\\s,]+/,
    patternText: "an origin such as https://example.org, or *",
    help: "origins whose pages may call this server, may be repeated; *: all",
  },
  trustProxy: {
    flag: "--trust-proxy <address>",
    env: "DEEPAAS_TRUST_PROXY",
    type: "list",
    default: [],
    withoutDefault: "none",
    pattern: /[0-9A-Fa-f.:]+(?:\/\d{1,3})?/,
    patternText: "an address such as 127.0.0.1 or 10.0.0.0/8",
    help: "proxies whose X-Forwarded-Host, -Proto and -Prefix are used, may be repeated",
  },
  basePath: {
    flag: "--base-path <path>",
    env: "DEEPAAS_BASE_PATH",
    type: "string",
    default: "",
    pattern: /(?:\/[A-Za-z0-9._~-]+)*\/*/,
    patternText: "empty, or segments of A-Z a-z 0-9 . _ ~ - that each start with a slash",
    help: "prefix of every path of the API",
  },
  clientMaxSize: {
    flag: "--client-max-size <bytes>",
    env: "DEEPAAS_CLIENT_MAX_SIZE",
    type: "integer",
    minimum: 0,
    withoutDefault: "104,857,600; 8,388,608 of JSON, form text or a message",
    help: "largest request body, JSON, form text and WebSocket message; 0: no limit",
  },
  rawPredictions: {
    flag: "--raw-predictions",
    env: "DEEPAAS_RAW_PREDICTIONS",
    type: "boolean",
    default: false,
    help: "return predictions without a schema as JSON, not as a string",
  },
  drainSeconds: {
    flag: "--drain-seconds <seconds>",
    env: "DEEPAAS_DRAIN_SECONDS",
    type: "number",
    default: 30,
    minimum: 0,
    maximum: 86_400,
    help: "time for running predicts to finish at shutdown",
  },
  workers: {
    flag: "--workers <number>",
    env: "DEEPAAS_WORKERS",
    type: "integer",
    default: 1,
    minimum: 1,
    maximum: 1_024,
    help: "processes that predict, one call at a time each",
  },
  trainWorkers: {
    flag: "--train-workers <number>",
    env: "DEEPAAS_TRAIN_WORKERS",
    type: "integer",
    default: 1,
    minimum: 1,
    maximum: 1_024,
    help: "processes that train, one run at a time each",
    details: "They are started when they are needed.",
  },
  sharedWorkers: {
    flag: "--shared-workers",
    env: "DEEPAAS_SHARED_WORKERS",
    type: "boolean",
    default: false,
    help: "train in the processes that predict: one copy of the weights each",
  },
  inline: {
    flag: "--inline",
    env: "DEEPAAS_INLINE",
    type: "boolean",
    default: false,
    help: "run the models in the process of the server",
    conflicts: ["workers", "trainWorkers", "sharedWorkers", "debugEndpoint"],
  },
  debugEndpoint: {
    flag: "--debug-endpoint",
    env: "DEEPAAS_DEBUG_ENDPOINT",
    type: "boolean",
    default: false,
    help: "show the last lines that the models printed at /v2/debug/",
  },
  dataDir: {
    flag: "--data-dir <dir>",
    env: "DEEPAAS_DATA_DIR",
    type: "string",
    default: ".deepaas",
    help: "directory of runs and their files, for one server each",
  },
  store: {
    flag: "--no-store",
    env: "DEEPAAS_STORE",
    type: "boolean",
    default: true,
    help: "keep runs in memory until the server ends",
    conflicts: ["dataDir"],
  },
  promote: {
    flag: "--promote <rule>",
    env: "DEEPAAS_PROMOTE",
    type: "string",
    default: "always",
    pattern: /always|ask|(?:higher|lower):\S+/,
    patternText: "always, ask, or higher: or lower: and the name of a metric",
    help: "rule for weights that a training has published, besides that of the model",
    details: "It can only be stricter. With `ask` a version is served when somebody asks for it.",
  },
  keepVersions: {
    flag: "--keep-versions <number>",
    env: "DEEPAAS_KEEP_VERSIONS",
    type: "integer",
    default: 20,
    minimum: 1,
    help: "weights versions to keep of each model, besides the served one and the one before",
  },
  keepRuns: {
    flag: "--keep-runs <number>",
    env: "DEEPAAS_KEEP_RUNS",
    type: "integer",
    default: 1_000,
    minimum: 1,
    help: "ended runs to keep; the run that ended first is removed first",
  },
  keepDays: {
    flag: "--keep-days <days>",
    env: "DEEPAAS_KEEP_DAYS",
    type: "number",
    exclusiveMinimum: 0,
    withoutDefault: "no limit",
    help: "days to keep a run after its end",
  },
  maxBytes: {
    flag: "--max-bytes <bytes>",
    env: "DEEPAAS_MAX_BYTES",
    type: "integer",
    minimum: 0,
    withoutDefault: "no limit",
    help: "bytes of all ended runs: their files and logs",
  },
  logLevel: {
    flag: "--log-level <level>",
    env: "DEEPAAS_LOG_LEVEL",
    type: "string",
    default: "info",
    choices: ["trace", "debug", "info", "warn", "error", "fatal", "silent"],
    help: "least level of the log on stderr, in lines of JSON",
  },
} as const satisfies Readonly<Record<string, Setting>>;

interface Types {
  readonly string: string;
  readonly integer: number;
  readonly number: number;
  readonly boolean: boolean;
  readonly list: readonly string[];
}

type ValuesOf<S extends Readonly<Record<string, Setting>>> = {
  readonly [K in keyof S as S[K] extends { readonly default: unknown } ? K : never]: Types[S[K]["type"]];
} & { readonly [K in keyof S as S[K] extends { readonly default: unknown } ? never : K]?: Types[S[K]["type"]] };

/** The values of all options of `deepaas run`. */
export type RunSettings = ValuesOf<typeof runSettings>;

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
    const matches = matchesWhole(pattern, text);
    if (matches && (choices === undefined || choices.includes(text))) return text;
  } else {
    const value = (type === "integer" ? /^\d+$/ : /^\d+(\.\d+)?$/).test(text) ? Number(text) : Number.NaN;
    if (isWithin(setting, value)) return value;
  }
  throw new Error(`Must be ${allowedValues(setting)}.`);
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
  if (choices !== undefined) return `one of ${choices.join(", ")}`;
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

/** Returns the values of the environment variables that are set. Throws an Error that names the faulty variable. */
export function settingsFromEnv(
  settings: Readonly<Record<string, Setting>>,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, SettingValue> {
  const values: Record<string, SettingValue> = {};
  for (const [name, setting] of Object.entries(settings)) {
    const text = env[setting.env];
    if (text === undefined || text === "") continue;
    try {
      values[name] = parseSetting(setting, text);
    } catch (error) {
      const value = setting.secret ? "" : `, not '${text}'`;
      throw new Error(`${setting.env}: ${(error as Error).message.replace(/\.$/, "")}${value}.`, { cause: error });
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
    return `| \`${flag}\` | \`${env}\` | ${sentence} | ${defaultText(setting)} |`;
  });
  return ["| Option | Environment | Effect | Default |", "|---|---|---|---|", ...rows].join("\n");
}
