// Sends log lines to the server's logger.
import type { Logger } from "@deepaas/core";
import type { ServerLogMessage } from "../messages.ts";
import { send } from "./pipes.ts";

function log(level: ServerLogMessage["level"], fields: object, message: string): void {
  const { err, ...rest } = fields as { readonly err?: unknown };
  const error = err === undefined ? undefined : errorFrom(err);
  const line = { type: "serverLog", level, message, ...(error && { error }) } as const;
  try {
    send({ ...line, fields: rest });
  } catch {
    // Fields that are not JSON.
    send({ ...line, fields: {} });
  }
}

/** A thrown value as data. Never throws, although reading the value may. */
function errorFrom(thrown: unknown): NonNullable<ServerLogMessage["error"]> {
  try {
    if (!(thrown instanceof Error)) return { name: "Error", message: String(thrown) };
    const { name, message, stack, cause } = thrown;
    const trace = cause === undefined ? stack : `${stack}\nCaused by: ${errorFrom(cause).stack ?? String(cause)}`;
    return { name: String(name), message: String(message), ...(trace !== undefined && { stack: String(trace) }) };
  } catch {
    return { name: "Error", message: "The value that the model threw cannot be read." };
  }
}

export const logger: Logger = {
  debug: (fields, message) => log("debug", fields, message),
  info: (fields, message) => log("info", fields, message),
  warn: (fields, message) => log("warn", fields, message),
  error: (fields, message) => log("error", fields, message),
};
