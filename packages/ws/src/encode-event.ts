import type { RunEvent } from "@deepaas/core";

const texts = new WeakMap<RunEvent, string>();

/** An event as the text of one frame. All watchers of a run get the same frozen object, so each is encoded once. */
export function encodeEvent(event: RunEvent): string {
  const known = texts.get(event);
  if (known !== undefined) return known;
  const text = JSON.stringify(event);
  if (Object.isFrozen(event)) texts.set(event, text);
  return text;
}
