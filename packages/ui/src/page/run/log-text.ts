// The events of a run that are lines of its log, as text.
import type { RunEvent } from "@deepaas/core";
import { bytesText } from "../parts/texts.ts";

/** From the least to the most important. "event": what the server recorded, not a text of the model. */
export const logLevels = ["debug", "event", "info", "warning", "error"] as const;

export type LineLevel = (typeof logLevels)[number];

export function levelOf(event: RunEvent): LineLevel {
  if (event.type === "log") return event.level;
  return event.type === "failed" ? "error" : "event";
}

export function textOf(event: RunEvent): string {
  switch (event.type) {
    case "log":
      return event.text;
    case "started":
      return `attempt ${event.attempt} started`;
    case "artifact":
      return `artifact ${event.name}, ${bytesText(event.size)}`;
    case "checkpoint":
      return `checkpoint of step ${event.step.toLocaleString("en")}`;
    case "failed":
      return `failed: ${event.error.message}`;
    case "stopping":
    case "lost":
    case "cancelled":
      return event.reason === undefined ? event.type : `${event.type}: ${event.reason}`;
    default:
      return event.type;
  }
}

/** True for a line of at least `level` that has `search` in its text. Case does not matter. */
export function matches(event: RunEvent, level: LineLevel, search: string): boolean {
  if (logLevels.indexOf(levelOf(event)) < logLevels.indexOf(level)) return false;
  return textOf(event).toLowerCase().includes(search.toLowerCase());
}
