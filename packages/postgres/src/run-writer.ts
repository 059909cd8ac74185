// Numbers the events of a run, writes them, and stores what is kept beside the record. Works inside of a transaction.
import { isTerminal, type Run, type RunEvent } from "@deepaas/core";
import {
  applyEvents,
  type BlobRef,
  checkpointFrom,
  deepFrozen,
  type LogAppend,
  type NewRun,
  newRecord,
  nextEvents,
  type WrittenChunk,
  writtenChunks,
} from "@deepaas/core/ports";
import type { Queries } from "./database.ts";
import type { RunBlobs } from "./run-blobs.ts";
import type { KeptRun } from "./run-row.ts";
import { changeStatement, createStatement, type RunChange } from "./run-statements.ts";
import type { SecretBox } from "./secret-box.ts";

/** Rows of a log that one statement deletes. */
const rowsInSlice = 10_000;

export interface RunWriterParts {
  readonly schema: string;
  readonly blobs: RunBlobs;
  readonly secrets: SecretBox;
  readonly keepEvents: number;
}

/** A run after an append, with what is new in its log. */
export interface Written {
  readonly kept: KeptRun;
  readonly chunks: readonly WrittenChunk[];
}

export class RunWriter {
  readonly #parts: RunWriterParts;

  constructor(parts: RunWriterParts) {
    this.#parts = parts;
  }

  /** Returns undefined if there is a run with this id. */
  async create(queries: Queries, given: NewRun): Promise<Written | undefined> {
    const { schema, blobs, secrets } = this.#parts;
    const { id, fingerprint } = given;
    const { secrets: plain, ...beside } = given.private;
    const createdAt = new Date().toISOString();
    const args = JSON.stringify(given.args);
    const draft: Omit<KeptRun, "number"> = {
      fingerprint,
      // A copy of the arguments: the caller may change its object.
      run: newRecord(given, JSON.parse(args) as NewRun["args"], createdAt),
      holder: null,
      appendNumber: 0,
      lostInARow: 0,
      lastAt: createdAt,
    };
    const { run, written, lastAt } = this.#next(draft, [{ fact: { type: "queued" } }]);
    const sizes = Object.values(beside.files).flat() as readonly BlobRef[];
    const files = { text: JSON.stringify(beside), bytes: sizes.reduce((sum, { size }) => sum + size, 0) };
    const sealed = secrets.seal(id, plain);
    const created = { kept: { ...draft, run, lastAt }, written, args, files, secrets: sealed };
    const { sql, values } = createStatement(schema, created);
    const [row] = await queries.rows<{ number: number }>(sql, values);
    if (!row) return undefined;
    await blobs.addFiles(queries, row.number, beside.files);
    return { kept: { ...created.kept, number: row.number }, chunks: written };
  }

  /** Returns what the entries change, if nothing is kept beside them. The change is not written. */
  plan(before: KeptRun, entries: readonly LogAppend[], more: Partial<KeptRun> = {}): RunChange {
    const { run, written, lastAt } = this.#next(before, entries);
    return { before, after: { ...before, ...more, run, lastAt }, written, grown: 0 };
  }

  /** Appends entries of any kind to a run whose row is locked. */
  async record({ queries, freed }: Recording, kept: KeptRun, { entries, more }: Recorded): Promise<Written> {
    const planned = this.plan(kept, entries, more);
    let change = { ...planned, after: { ...planned.after } };
    // As of before each event, so that a loss sees whether a cancel was recorded.
    let { run } = kept;
    const events = planned.written.flatMap(({ chunk }) => chunk.events);
    for (const [i, entry] of entries.entries()) {
      const event = events[i] as RunEvent;
      run = applyEvents(run, [event]);
      change = await this.#keepBeside(queries, change, { entry, event, run, freed });
    }
    const { sql, values } = changeStatement(this.#parts.schema, change);
    await queries.rows(sql, values);
    return { kept: change.after, chunks: change.written };
  }

  /** Removes a run whose row is locked. */
  async forget({ queries, freed }: Recording, number: number): Promise<void> {
    const { schema, blobs } = this.#parts;
    await queries.rows(`DELETE FROM ${schema}.runs WHERE number = $1`, [number]);
    await queries.rows(`DELETE FROM ${schema}.args WHERE run = $1`, [number]);
    await this.#deleteLog(queries, number);
    await blobs.forget(queries, number, freed);
  }

  /** In slices: one statement for a long log would take too long. */
  async #deleteLog(queries: Queries, number: number): Promise<void> {
    const { schema } = this.#parts;
    const slice = `DELETE FROM ${schema}.log WHERE run = $1
      AND last <= (SELECT max(last) FROM (SELECT last FROM ${schema}.log WHERE run = $1 ORDER BY last LIMIT ${rowsInSlice}) AS oldest)
      RETURNING last`;
    while ((await queries.rows(slice, [number])).length === rowsInSlice);
  }

  #next(before: Omit<KeptRun, "number">, entries: readonly LogAppend[]) {
    const { at, facts, events } = nextEvents(before, entries);
    const run = applyEvents(before.run, events);
    const firstSeq = Math.max(run.firstSeq, run.lastSeq - this.#parts.keepEvents + 1);
    return { run: deepFrozen({ ...run, firstSeq }), written: writtenChunks(events, facts), lastAt: at };
  }

  /** Applies an event to what is kept beside the record. */
  async #keepBeside(queries: Queries, change: RunChange, { entry, event, run, freed }: Beside): Promise<RunChange> {
    const { schema, blobs } = this.#parts;
    const { after, grown } = change;
    const { number } = after;
    const changedBy = (more: Partial<KeptRun>, bytes = 0): RunChange => ({
      ...change,
      after: { ...after, ...more },
      grown: grown + bytes,
    });
    const ref = entry.blob;
    switch (event.type) {
      case "checkpoint": {
        const added = { seq: event.seq, checkpoint: checkpointFrom(event.step, entry), freed };
        return changedBy({ lostInARow: 0 }, await blobs.addCheckpoint(queries, number, added));
      }
      case "artifact": {
        if (!ref) return change;
        return changedBy({}, await blobs.replace(queries, number, { place: `artifact/${event.name}`, ref, freed }));
      }
      case "published": {
        const data = entry.publication;
        return changedBy({}, await blobs.replace(queries, number, { place: "published", ref, data, freed }));
      }
      case "lost":
        // A lost run with a recorded cancel stays held: its holder ends it.
        return changedBy({
          holder: run.state === "stopping" ? after.holder : null,
          lostInARow: after.lostInARow + (entry.counted === false ? 0 : 1),
        });
    }
    if (!isTerminal(event.type)) return change;
    await queries.rows(`UPDATE ${schema}.args SET secrets = NULL WHERE run = $1 AND secrets IS NOT NULL`, [number]);
    if (event.type !== "succeeded") return changedBy({ holder: null });
    // From now on the version that was made of published weights refers to the file.
    return changedBy(
      { holder: null },
      await blobs.replace(queries, number, { place: "published", ref: undefined, freed }),
    );
  }
}

/** True if the entries change nothing but the record and the log. */
export function areReports(entries: readonly LogAppend[]): boolean {
  return entries.every(({ fact }) => fact.type === "progress" || fact.type === "log");
}

interface Recording {
  readonly queries: Queries;
  /** Gets the blobs that nothing refers to any more. */
  readonly freed: BlobRef[];
}

interface Recorded {
  readonly entries: readonly LogAppend[];
  /** Members that change besides. */
  readonly more?: Partial<KeptRun>;
}

interface Beside {
  readonly entry: LogAppend;
  readonly event: RunEvent;
  /** After the event. */
  readonly run: Run;
  readonly freed: BlobRef[];
}
