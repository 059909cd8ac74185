// The events of a run that are lines of its log, as text.

import type { LogLevel, RunEvent } from "@deepaas/core";
import { bytesText } from "../parts/texts.ts";

export interface LogLine {
  readonly seq: number;
  readonly at: string;
  /** "event": what the server recorded, not a text of the model. */
  readonly level: LogLevel | "event";
  readonly text: string;
}

export const logLevels = ["event", "debug", "info", "warning", "error"] as const satisfies readonly LogLine["level"][];

/** Returns undefined for an event that is no line of the log. */
export function lineOf(event: RunEvent): LogLine | undefined {
  const { seq, at } = event;
  if (event.type === "log") return { seq, at, level: event.level, text: event.text };
  const text = textOf(event);
  return text === undefined ? undefined : { seq, at, level: event.type === "failed" ? "error" : "event", text };
}

function textOf(event: RunEvent): string | undefined {
  switch (event.type) {
    case "queued":
      return "queued";
    case "started":
      return `attempt ${event.attempt} started`;
    case "artifact":
      return `artifact ${event.name}, ${bytesText(event.size)}`;
    case "checkpoint":
      return `checkpoint of step ${event.step.toLocaleString("en")}`;
    case "published":
      return "weights published";
    case "stopping":
      return withReason("stopping", event.reason);
    case "lost":
      return withReason("attempt lost", event.reason);
    case "succeeded":
      return "succeeded";
    case "failed":
      return `failed: ${event.error.message}`;
    case "cancelled":
      return withReason("cancelled", event.reason);
    default:
      return undefined;
  }
}

function withReason(what: string, reason: string | undefined): string {
  return reason === undefined ? what : `${what}: ${reason}`;
}

export interface LogFilter {
  readonly levels: ReadonlySet<LogLine["level"]>;
  /** Case does not matter. */
  readonly search: string;
}

export function matches({ level, text }: LogLine, { levels, search }: LogFilter): boolean {
  return levels.has(level) && (search === "" || text.toLowerCase().includes(search.toLowerCase()));
}
