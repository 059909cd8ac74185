// The events of one row of the log: those of one append, with the same time.
import type { RunEvent, RunFact } from "@deepaas/core";
import { deepFrozen } from "@deepaas/core/ports";

/** Larger rows would be read and parsed for a few of their events. */
export const maxEventsInChunk = 512;

export interface Chunk {
  /** The `seq` of its last event. */
  readonly last: number;
  /** Frozen, because all readers share them. */
  readonly events: readonly RunEvent[];
  /** Characters of its text. */
  readonly bytes: number;
}

export function eventsFromBody(body: string, last: number, at: string): readonly RunEvent[] {
  const facts = JSON.parse(body) as RunFact[];
  const before = last - facts.length;
  return facts.map((fact, i) => deepFrozen({ seq: before + i + 1, at, ...fact }));
}

/** Returns at most `limit` events after `after`, which is in or just before the first chunk. */
export function eventsAfter(chunks: Iterable<Chunk>, after: number, limit: number): RunEvent[] {
  const found: RunEvent[] = [];
  if (limit < 1) return found;
  for (const { last, events } of chunks) {
    const start = Math.max(0, after - (last - events.length));
    const end = Math.min(events.length, start + limit - found.length);
    for (let i = start; i < end; i++) found.push(events[i] as RunEvent);
    if (found.length >= limit) break;
  }
  return found;
}
