/** Receives what a host logs. It has the shape of a pino logger. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * Writes warnings and errors to stderr: readable on a terminal, else a line of JSON each, as pino writes it. In a browser to
 * its console. The default of every package.
 */
export const consoleLogger: Logger = {
  debug() {},
  info() {},
  warn: (fields, message) => write("warn", fields, message),
  error: (fields, message) => write("error", fields, message),
};

function write(level: "warn" | "error", fields: object, message: string): void {
  const { process } = globalThis as { readonly process?: { readonly stderr?: { readonly isTTY?: boolean } } };
  const { [level]: print } = console;
  if (process?.stderr === undefined) print(message, fields);
  else print(process.stderr.isTTY ? readableLine(level, fields, message) : jsonLine(level, fields, message));
}

function readableLine(level: string, { err, ...fields }: { readonly err?: unknown }, message: string): string {
  const facts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : safeJson(value)}`);
  const lines = [`deepaas: ${level}: ${message}${facts.length > 0 ? ` (${facts.join(", ")})` : ""}`];
  if (err !== undefined) lines.push(stackOf(err));
  return lines.join("\n");
}

function jsonLine(level: string, { err, ...fields }: { readonly err?: unknown }, message: string): string {
  const error = err instanceof Error ? { type: err.name, message: err.message, stack: stackOf(err) } : err;
  return safeJson({
    level,
    time: new Date().toISOString(),
    ...fields,
    ...(err !== undefined && { err: error }),
    msg: message,
  });
}

/** With its causes. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined || error.cause === error ? own : `${own}\n  cause: ${stackOf(error.cause)}`;
}

/** A log line must not fail for a value without a JSON form. */
function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value, (_name, one: unknown) => (typeof one === "bigint" ? String(one) : one)) ?? "undefined";
  } catch {
    return String(value);
  }
}

/** Writes nothing. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
