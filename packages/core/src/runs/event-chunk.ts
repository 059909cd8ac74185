// The events of one row of a log in a database: those of one append, with the same time.
import { deepFrozen } from "../contract/deep-frozen.ts";
import type { RunEvent, RunFact } from "../contract/run.ts";

/** Larger rows would be read and parsed for a few of their events. */
export const maxEventsInChunk = 512;

/** The events of a row, for stores in a database. */
export interface EventChunk {
  /** The `seq` of its last event. */
  readonly last: number;
  /** Frozen, because all readers share them. */
  readonly events: readonly RunEvent[];
  /** Characters of its text. */
  readonly bytes: number;
}

/** A chunk with the text of its row: a JSON list of facts. */
export interface WrittenChunk {
  readonly chunk: EventChunk;
  readonly body: string;
}

/** Splits the events of one append into rows. `events` are those of `facts`. */
export function writtenChunks(events: readonly RunEvent[], facts: readonly RunFact[]): readonly WrittenChunk[] {
  const written: WrittenChunk[] = [];
  for (let start = 0; start < events.length; start += maxEventsInChunk) {
    const isWhole = start === 0 && events.length <= maxEventsInChunk;
    const ofChunk = isWhole ? events : events.slice(start, start + maxEventsInChunk);
    const body = JSON.stringify(isWhole ? facts : facts.slice(start, start + maxEventsInChunk));
    const { seq: last } = ofChunk.at(-1) as RunEvent;
    written.push({ chunk: { last, events: ofChunk, bytes: body.length }, body });
  }
  return written;
}

/** Splits events of several appends into rows. The events of a row have the same time. */
export function writtenChunksOf(events: readonly RunEvent[]): readonly WrittenChunk[] {
  const written: WrittenChunk[] = [];
  for (let start = 0, end = 0; start < events.length; start = end) {
    while (events[end]?.at === events[start]?.at && end < events.length) end++;
    const ofAppend = events.slice(start, end);
    const facts = ofAppend.map(({ seq: _seq, at: _at, ...fact }): RunFact => fact as RunFact);
    written.push(...writtenChunks(ofAppend, facts));
  }
  return written;
}

/** Returns the events of a row. Throws a SyntaxError if the text is damaged. */
export function eventsFromBody(body: string, last: number, at: string): readonly RunEvent[] {
  const facts = JSON.parse(body) as RunFact[];
  const before = last - facts.length;
  return facts.map((fact, i) => deepFrozen({ seq: before + i + 1, at, ...fact }));
}

/** Returns at most `limit` events after `after`, which is in or just before the first chunk. */
export function eventsAfter(chunks: Iterable<EventChunk>, after: number, limit: number): RunEvent[] {
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
