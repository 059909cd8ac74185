// The rows of the log.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { RunEvent, RunFact } from "@deepaas/core";
import {
  type EventChunk,
  eventsAfter,
  eventsFromBody,
  maxEventsInChunk,
  writtenChunks,
  writtenChunksOf,
} from "@deepaas/core/ports";
import type { Batch } from "./batch.ts";
import { ChunkCache } from "./chunk-cache.ts";
import type { CachedRun } from "./run-cache.ts";

/** Rows of a removed run that are deleted in one turn; this blocks the event loop. */
const rowsInSlice = 64;

export class RunLog {
  readonly #cache = new ChunkCache();
  readonly #db: DatabaseSync;
  readonly #insert;
  #after: StatementSync;
  readonly #trim;
  readonly #nextRemoved;
  readonly #deleteSlice;
  readonly #addRemoved;
  readonly #forgetRemoved;
  /** Runs that are not there yet. Until then their logs are like those of removed ones, but not deleted. */
  readonly #adding = new Set<number>();

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare("INSERT INTO log (run, last, at, body) VALUES (?, ?, ?, ?)");
    this.#db = db;
    this.#after = this.#prepareAfter();
    this.#trim = db.prepare("DELETE FROM log WHERE run = ? AND last < ? RETURNING octet_length(body) AS bytes");
    this.#nextRemoved = db.prepare("SELECT run FROM removed WHERE run NOT IN (SELECT value FROM json_each(?)) LIMIT 1");
    this.#addRemoved = db.prepare("INSERT INTO removed (run) VALUES (?)");
    this.#deleteSlice = db.prepare(
      `DELETE FROM log WHERE run = ?1 AND last IN (SELECT last FROM log WHERE run = ?1 LIMIT ${rowsInSlice})`,
    );
    this.#forgetRemoved = db.prepare("DELETE FROM removed WHERE run = ?");
  }

  /** `events` are those of `facts`. Returns the bytes of their text. */
  append(run: { readonly id: string; readonly number: number }, { facts, events, batch }: Appended): number {
    let total = 0;
    for (const { chunk, body } of writtenChunks(events, facts)) {
      this.#insert.run(run.number, chunk.last, (chunk.events[0] as RunEvent).at, body);
      batch.append(run.id, chunk);
      total += Buffer.byteLength(body);
    }
    return total;
  }

  beginAdding(run: number): void {
    this.#addRemoved.run(run);
    this.#adding.add(run);
  }

  /** Adds events of a run that is not there yet. Returns the bytes of their text. */
  add(run: number, events: readonly RunEvent[]): number {
    let total = 0;
    for (const { chunk, body } of writtenChunksOf(events)) {
      this.#insert.run(run, chunk.last, (chunk.events[0] as RunEvent).at, body);
      total += Buffer.byteLength(body);
    }
    return total;
  }

  /** The run is added in this transaction. */
  keepAdded(run: number): void {
    this.#forgetRemoved.run(run);
  }

  /** A log that was not kept is deleted from now on. */
  endAdding(run: number): void {
    this.#adding.delete(run);
  }

  /** Deletes the rows before `firstSeq`. Returns the bytes of their text. */
  trim(run: number, firstSeq: number): number {
    return this.#trim.all(run, firstSeq).reduce((total, { bytes }) => total + (bytes as number), 0);
  }

  /** A read of more than 512 events is one of a whole log: it does not replace in the cache what watchers share. */
  read({ kept: { number, run }, ring }: CachedRun, after: number, limit: number): RunEvent[] {
    if (after >= run.lastSeq) return [];
    const chunks = ring.has(after) ? ring.chunksAfter(after) : this.#rowsAfter(number, after, limit > maxEventsInChunk);
    return eventsAfter(chunks, after, limit);
  }

  *#rowsAfter(run: number, after: number, isScan: boolean): Generator<EventChunk, void, undefined> {
    try {
      for (const row of this.#after.iterate(run, after)) {
        const [last, at, body] = row as unknown as readonly [number, string, string];
        const there = this.#cache.get(run, last);
        const chunk = there ?? { last, events: eventsFromBody(body, last, at), bytes: body.length };
        if (!there && !isScan) this.#cache.add(run, chunk);
        yield chunk;
      }
    } catch (error) {
      // The statement would throw again at its next use, whatever it reads.
      this.#after = this.#prepareAfter();
      throw error;
    }
  }

  #prepareAfter(): StatementSync {
    const statement = this.#db.prepare("SELECT last, at, body FROM log WHERE run = ? AND last > ? ORDER BY last");
    statement.setReturnArrays(true);
    return statement;
  }

  /** Deletes a slice of the logs of removed runs. Returns false if there is no more. */
  deleteSlice(): boolean {
    const run = this.#nextRemoved.get(JSON.stringify([...this.#adding]))?.run as number | undefined;
    if (run === undefined) return false;
    // A log has no secrets: its pages are freed without being overwritten with zeros.
    this.#db.exec("PRAGMA secure_delete = OFF");
    try {
      if (Number(this.#deleteSlice.run(run).changes) < rowsInSlice) this.#forgetRemoved.run(run);
    } finally {
      this.#db.exec("PRAGMA secure_delete = ON");
    }
    return true;
  }
}

interface Appended {
  readonly facts: readonly RunFact[];
  readonly events: readonly RunEvent[];
  readonly batch: Batch;
}
