// Adds runs as another store has them: the log part by part, then the run, so that no log is in memory as a whole.
import type { DatabaseSync } from "node:sqlite";
import { checkSameRun, type ReadLog, type StoredRun, storedLog, trimmedRun, wasHeld } from "@deepaas/core/ports";
import type { Batch } from "./batch.ts";
import type { RunBlobs } from "./run-blobs.ts";
import type { RunLog } from "./run-log.ts";
import type { KeptRun, RunTable } from "./run-table.ts";
import type { RunWriter } from "./run-writer.ts";

export interface RunAdderParts {
  readonly table: RunTable;
  readonly log: RunLog;
  readonly blobs: RunBlobs;
  readonly writer: RunWriter;
  readonly keepEvents: number;
}

/** Makes a change in a transaction. */
export type MakeChange = <T>(durable: boolean, work: (batch: Batch) => T) => Promise<T>;

interface AddedLog {
  bytes: number;
  lastAt: string;
}

export class RunAdder {
  readonly #parts: RunAdderParts;
  readonly #reserve;
  readonly #release;
  readonly #insert;
  readonly #order;

  constructor(db: DatabaseSync, parts: RunAdderParts) {
    this.#parts = parts;
    // SQLite does not give a number again that was given.
    this.#reserve = db.prepare(
      "INSERT INTO runs (id, model, fingerprint, state, created_at, last_at, record) VALUES (?, '', '', '', '', '', '')",
    );
    this.#release = db.prepare("DELETE FROM runs WHERE number = ?");
    this.#insert = db.prepare(
      `INSERT INTO runs (number, id, model, owner, fingerprint, state, created_at, state_at, ended_at, ended_no, last_at,
         held, lost_in_a_row, bytes, record)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#order = db.prepare("SELECT state_at AS stateAt, ended_no AS endedAs FROM runs WHERE number = ?");
  }

  /** As `StoreTransfer.addRun`. If the process dies before the run is there, the next one deletes the log. */
  async add(stored: StoredRun, readLog: ReadLog, change: MakeChange): Promise<boolean> {
    const { log, keepEvents } = this.#parts;
    const run = trimmedRun(stored.run, keepEvents);
    const number = await change(false, (batch) => (this.#isThere(stored, batch) ? undefined : this.#newNumber(run.id)));
    if (number === undefined) return false;
    let isAdded = false;
    try {
      const added: AddedLog = { bytes: 0, lastAt: run.createdAt };
      for await (const events of storedLog(run, readLog)) {
        added.bytes += await change(false, () => log.add(number, events));
        added.lastAt = events.at(-1)?.at ?? added.lastAt;
      }
      isAdded = await change(true, (batch) => {
        if (this.#isThere(stored, batch)) return false;
        this.#addRun(number, { ...stored, run }, added);
        batch.set(this.#parts.table.find(run.id) as KeptRun);
        batch.woken.add(run.id);
        return true;
      });
    } finally {
      log.endAdding(number);
      const sweep = (batch: Batch) => {
        batch.removed = true;
      };
      // If it fails, the next start sweeps.
      if (!isAdded) await change(false, sweep).catch(() => {});
    }
    return isAdded;
  }

  /** As `StoreTransfer.run`. */
  stored({ number, run, fingerprint, lostInARow }: KeptRun, privateArgs: StoredRun["private"]): StoredRun {
    const { blobs } = this.#parts;
    const { stateAt, endedAs } = this.#order.get(number) as { stateAt: string; endedAs: number | null };
    const published = blobs.published(number);
    const artifacts = run.artifacts.flatMap(({ name }) => {
      const blob = blobs.at(number, `artifact/${name}`);
      return blob ? [{ name, blob }] : [];
    });
    return {
      ...{ run, fingerprint, private: privateArgs, checkpoints: blobs.checkpoints(number), artifacts },
      ...{ lostInARow, stateAt },
      ...(published && { published }),
      ...(endedAs !== null && { endedAs }),
    };
  }

  #isThere(stored: StoredRun, batch: Batch): boolean {
    const there = batch.find(stored.run.id);
    if (there) checkSameRun(there, stored);
    return there !== undefined;
  }

  #newNumber(id: string): number {
    const number = Number(this.#reserve.run(id).lastInsertRowid);
    this.#release.run(number);
    this.#parts.log.beginAdding(number);
    return number;
  }

  #addRun(number: number, stored: StoredRun, log: AddedLog): void {
    const { fingerprint, lostInARow, stateAt, endedAs = null } = stored;
    const { args, ...record } = stored.run;
    const { id, model, owner = null, state, createdAt, endedAt = null } = record;
    const { writer } = this.#parts;
    const argsBytes = writer.addArgs(number, JSON.stringify(args), stored.private);
    const bytes = log.bytes + argsBytes + this.#addBlobs(number, stored);
    this.#insert.run(
      ...[number, id, model, owner, fingerprint, state, createdAt, stateAt, endedAt, endedAs, log.lastAt],
      ...[wasHeld(stored.run) ? 1 : 0, lostInARow, bytes, JSON.stringify(record)],
    );
    this.#parts.log.keepAdded(number);
  }

  /** Returns their bytes. */
  #addBlobs(number: number, { checkpoints, artifacts, published }: StoredRun): number {
    const { blobs } = this.#parts;
    let bytes = 0;
    // Their numbers only have to be lower than those of later checkpoints.
    for (const [i, checkpoint] of checkpoints.entries()) bytes += blobs.insertCheckpoint(number, i + 1, checkpoint);
    for (const { name, blob } of artifacts) bytes += blobs.insert(number, `artifact/${name}`, { blob });
    if (published) bytes += blobs.insert(number, "published", published);
    return bytes;
  }
}
