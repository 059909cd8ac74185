// What is said of a model goes to the server's logger.
import type { Logger } from "@deepaas/core";
import type { FromWorker } from "../messages.ts";
import { send } from "./pipes.ts";

type Said = Extract<FromWorker, { type: "say" }>;

function say(level: Said["level"], fields: object, message: string): void {
  const { err, ...rest } = fields as { readonly err?: unknown };
  const error = err === undefined ? undefined : errorFrom(err);
  const told = { type: "say", level, message, ...(error && { error }) } as const;
  try {
    send({ ...told, fields: rest });
  } catch {
    // Fields that JSON cannot say.
    send({ ...told, fields: {} });
  }
}

/** Whatever was thrown, as data. Never throws, though what was thrown may throw when it is looked at. */
function errorFrom(thrown: unknown): NonNullable<Said["error"]> {
  try {
    if (!(thrown instanceof Error)) return { name: "Error", message: String(thrown) };
    const { name, message, stack, cause } = thrown;
    const trace = cause === undefined ? stack : `${stack}\nCaused by: ${errorFrom(cause).stack ?? String(cause)}`;
    return { name: String(name), message: String(message), ...(trace !== undefined && { stack: String(trace) }) };
  } catch {
    return { name: "Error", message: "What the model threw cannot be read." };
  }
}

export const logger: Logger = {
  debug: (fields, message) => say("debug", fields, message),
  info: (fields, message) => say("info", fields, message),
  warn: (fields, message) => say("warn", fields, message),
  error: (fields, message) => say("error", fields, message),
};
