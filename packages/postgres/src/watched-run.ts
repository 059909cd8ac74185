// The newest events of a run that is watched here: its watchers share one query for each event.
import { checkCursor, type RunEvent } from "@deepaas/core";
import { type EventChunk, EventRing, eventsAfter, maxEventsInChunk, runNotFound } from "@deepaas/core/ports";
import type { LogPage } from "./log-page.ts";

export type ReadPage = (page: { readonly after: number; readonly limit: number }) => Promise<LogPage | undefined>;

export class WatchedRun {
  subscribers = 0;
  readonly #runId: string;
  readonly #readPage: ReadPage;
  /** Counts the wake-ups. */
  #wakes = 0;
  /** The wake-ups before the query whose result is known. -1: nothing is known. */
  #known = -1;
  #number = 0;
  #firstSeq = 1;
  #lastSeq = 0;
  #ring = new EventRing();
  /** The last event of the ring. */
  #end = -1;
  /** By what they read, and the number of wake-ups before them. */
  readonly #reading = new Map<string, Promise<LogPage | undefined>>();
  /** What the last check has seen. */
  #checked = "";

  constructor(runId: string, readPage: ReadPage) {
    this.#runId = runId;
    this.#readPage = readPage;
  }

  /** Call it before its watchers are woken: what is known may be outdated. */
  changed(): void {
    this.#wakes++;
  }

  /** An append of this process, after the commit. */
  appended({ number, firstSeq, chunks }: Appended): void {
    const first = chunks[0]?.events[0]?.seq;
    const isNext = this.#known === this.#wakes && this.#number === number && this.#lastSeq + 1 === first;
    this.#wakes++;
    if (!isNext) return;
    this.#known = this.#wakes;
    this.#firstSeq = firstSeq;
    for (const chunk of chunks) this.#push(chunk);
  }

  /** Returns true if the run is not as known, and not as in the check before. */
  isNewsToCheck(now: { readonly number: number; readonly lastSeq: number } | undefined): boolean {
    const seen = now ? `${now.number} ${now.lastSeq}` : "gone";
    if (this.#checked === seen) return false;
    this.#checked = seen;
    return this.#known !== this.#wakes || now?.number !== this.#number || now.lastSeq !== this.#lastSeq;
  }

  /** As `RunStore.read`, with all that was kept before the last wake-up. */
  async read(after: number, limit: number): Promise<readonly RunEvent[]> {
    const wakes = this.#wakes;
    for (;;) {
      if (this.#known >= wakes) {
        if (after >= this.#lastSeq) return [];
        if (after + 1 < this.#firstSeq) checkCursor(this.#range(), after);
        if (this.#isInRing(after)) return eventsAfter(this.#ring.chunksAfter(after), after, limit);
      }
      // The ring is continued for all its readers; who reads elsewhere gets a page of its own.
      const continues = after === this.#end || this.#isInRing(after);
      const page = await (continues ? this.#shared(this.#end, maxEventsInChunk) : this.#shared(after, limit));
      if (!page) throw runNotFound(this.#runId);
      if (continues) continue;
      if (after + 1 < page.firstSeq) checkCursor({ id: this.#runId, ...page }, after);
      return eventsAfter(page.chunks, after, limit);
    }
  }

  /** True if the event after `after` is in the ring. */
  #isInRing(after: number): boolean {
    return after < this.#end && this.#ring.has(after);
  }

  #range() {
    return { id: this.#runId, firstSeq: this.#firstSeq, lastSeq: this.#lastSeq };
  }

  /** Reads of the same events between two wake-ups are one query. */
  #shared(after: number, limit: number): Promise<LogPage | undefined> {
    const wakes = this.#wakes;
    const key = `${wakes} ${after} ${limit}`;
    const reading = this.#reading.get(key);
    if (reading) return reading;
    const started = this.#readPage({ after, limit })
      .then((page) => {
        this.#learn(page, wakes);
        return page;
      })
      .finally(() => this.#reading.delete(key));
    this.#reading.set(key, started);
    return started;
  }

  #learn(page: LogPage | undefined, wakes: number): void {
    if (!page || page.number < this.#number) return;
    if (page.number > this.#number) this.#restart(page.number);
    this.#firstSeq = Math.max(this.#firstSeq, page.firstSeq);
    const last = page.chunks.at(-1);
    // An empty ring begins with a page to the end of the log; later pages continue it.
    const isNext = this.#end < 0 ? last?.last === page.lastSeq : true;
    if (isNext) for (const chunk of page.chunks) this.#push(chunk);
    this.#lastSeq = Math.max(this.#lastSeq, page.lastSeq);
    this.#known = Math.max(this.#known, wakes);
  }

  #push(chunk: EventChunk): void {
    const { events, last } = chunk;
    const { seq } = events[0] as RunEvent;
    if (this.#end >= 0 && seq <= this.#end) return;
    // Events between were trimmed, or read by nobody here.
    if (this.#end >= 0 && seq > this.#end + 1) this.#ring = new EventRing();
    this.#ring.push(chunk);
    this.#end = last;
    this.#lastSeq = Math.max(this.#lastSeq, last);
  }

  /** Another run has the same id. */
  #restart(number: number): void {
    this.#number = number;
    this.#firstSeq = 1;
    this.#lastSeq = 0;
    this.#ring = new EventRing();
    this.#end = -1;
    this.#known = -1;
  }
}

export interface Appended {
  readonly number: number;
  readonly firstSeq: number;
  readonly chunks: readonly EventChunk[];
}
