// A logger that keeps what the host and the workers log, so that a finding can say what the model threw and where.
import { basename } from "node:path";
import { type ErrorData, errorText, type Issue, type Logger } from "@deepaas/core";

interface Entry {
  readonly fields: { readonly err?: unknown; readonly issues?: readonly Issue[]; readonly reason?: unknown };
  readonly message: string;
}

export interface CapturedLog {
  readonly logger: Logger;
  /** The warnings and errors since the last call. */
  take(): readonly Entry[];
  /** What promises were rejected with that nobody awaited. They are not taken: they may come after the call. */
  readonly rejections: readonly unknown[];
}

export function capturedLog(): CapturedLog {
  let entries: Entry[] = [];
  const rejections: unknown[] = [];
  const keep = (fields: Entry["fields"], message: string) => {
    if (message.startsWith("unhandled promise rejection")) rejections.push(fields.err);
    else entries.push({ fields, message });
  };
  return {
    logger: { debug() {}, info() {}, warn: keep, error: keep },
    take() {
      const taken = entries;
      entries = [];
      return taken;
    },
    rejections,
  };
}

/** Says why a call failed: what the model threw and where, or what is wrong with its result. One line. */
export function causeOf(error: ErrorData, entries: readonly Entry[], modulePath: string): string {
  if (error.code === "invalid_response") {
    const issues = error.issues ?? entries.findLast(({ fields }) => fields.issues)?.fields.issues ?? [];
    const [first] = issues;
    const more = issues.length > 1 ? `, and ${issues.length - 1} more` : "";
    return first
      ? `the result${first.pointer && ` at ${first.pointer}`}: ${lower(first.message)}${more}`
      : error.message;
  }
  const thrown = entries.findLast(({ fields }) => fields.err !== undefined)?.fields.err;
  if (error.code !== "internal" || thrown === undefined) return error.message;
  return thrownText(thrown, modulePath);
}

/** The name and first line of an error, with the line of the module that threw it. */
export function thrownText(thrown: unknown, modulePath: string): string {
  const { name, message, stack } = thrown as { readonly [key in "name" | "message" | "stack"]?: unknown };
  const text = errorText(message ?? thrown);
  const named = typeof name === "string" && name !== "Error" ? `${name}: ${text}` : text;
  const file = basename(modulePath);
  const lines = String(stack).split("\n");
  const line = lines.find((one) => one.includes(`/${file}:`));
  // In Python the innermost call is the last one.
  const pythonLine = lines.findLast((one) => one.includes(`/${file}", line `));
  const [, place] = /:(\d+):\d+\)?$/.exec(line?.trim() ?? "") ?? /", line (\d+)/.exec(pythonLine ?? "") ?? [];
  return place === undefined ? named : `${named} (${file}:${place})`;
}

/** `Must be integer.` as a part of a sentence; a name such as JSON stays as it is. */
function lower(sentence: string): string {
  const text = sentence.replace(/\.$/, "");
  return /^(?:Must|Is|A) /.test(text) ? `${text.charAt(0).toLowerCase()}${text.slice(1)}` : text;
}
