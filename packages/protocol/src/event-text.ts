import type { RunEvent } from "@deepaas/core";

const texts = new WeakMap<RunEvent, string>();

/** Returns an event as JSON. All watchers of a run get the same frozen object, so each event is encoded once. */
export function eventText(event: RunEvent): string {
  const known = texts.get(event);
  if (known !== undefined) return known;
  const text = JSON.stringify(event);
  if (Object.isFrozen(event)) texts.set(event, text);
  return text;
}
