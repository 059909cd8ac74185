// The value of `--log-level`: a level for everything, and levels of parts of the server.

export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * What logs. "auth": keys and tokens. "host": models without workers, runs, the store, weights. "queue": that of several
 * nodes. "rest" and "ws": the adapters.
 * "server": the process, its certificate and its connections. "workers": the worker processes, and what models print.
 */
export const logParts = ["auth", "host", "queue", "rest", "server", "workers", "ws"] as const;
export type LogPart = (typeof logParts)[number];

export interface LogLevels {
  /** Of the parts that have none of their own. */
  readonly level: LogLevel;
  readonly parts: Readonly<Partial<Record<LogPart, LogLevel>>>;
}

const level = `(?:${logLevels.join("|")})`;
const item = `(?:(?:${logParts.join("|")})=)?${level}`;

/** Levels and `PART=LEVEL`, separated by commas. */
export const logLevelPattern = new RegExp(`${item}(?:,${item})*`);

/** Of several levels for the same the last one counts. `text` matches the pattern. Default: info. */
export function logLevelsFrom(text: string): LogLevels {
  const parts: Partial<Record<LogPart, LogLevel>> = {};
  let general: LogLevel = "info";
  for (const one of text.split(",")) {
    const [name, own] = one.split("=") as [string, LogLevel | undefined];
    if (own === undefined) general = name as LogLevel;
    else parts[name as LogPart] = own;
  }
  return { level: general, parts };
}
