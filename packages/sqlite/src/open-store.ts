// An open file, and the parts that work on it.
import type { DatabaseSync } from "node:sqlite";
import { isTerminal, type JsonObject, type Page, type Run, type RunFilter } from "@deepaas/core";
import {
  entryAfterCrash,
  type Holder,
  type PrivateArgs,
  type ReadLog,
  runNotFound,
  type StoredRun,
} from "@deepaas/core/ports";
import { Batch } from "./batch.ts";
import { busyMs } from "./database.ts";
import { EndedRuns } from "./ended-runs.ts";
import { type FilePlace, filePlace } from "./file-place.ts";
import { type MakeChange, RunAdder } from "./run-adder.ts";
import { RunBlobs } from "./run-blobs.ts";
import { type CachedRun, RunCache } from "./run-cache.ts";
import { listRuns } from "./run-list.ts";
import { RunLog } from "./run-log.ts";
import { RunTable, unfinishedStates } from "./run-table.ts";
import { RunWriter } from "./run-writer.ts";
import { isDamagedRow } from "./storage-error.ts";
import type { StoreSettings } from "./store-options.ts";
import { StoredWeights } from "./stored-weights.ts";
import { WriteQueue } from "./write-queue.ts";

export interface OpenStoreOptions extends StoreSettings {
  readonly wake: (runId: string) => void;
  /** The served version of the model has changed. */
  readonly wakeServed: (model: string) => void;
}

export class OpenStore {
  readonly queue: WriteQueue;
  readonly table: RunTable;
  readonly cache: RunCache;
  readonly log: RunLog;
  readonly blobs: RunBlobs;
  readonly writer: RunWriter;
  readonly ended: EndedRuns;
  readonly weights: StoredWeights;
  readonly #adder: RunAdder;
  readonly #db: DatabaseSync;
  readonly #place: FilePlace;
  readonly #wake: (runId: string) => void;
  readonly #wakeServed: (model: string) => void;
  readonly #epochNow;
  readonly #left;
  readonly #privateArgs;
  readonly #secrets;
  #holder: Holder = { id: "" };
  /** Counts the holders of the file. A holder whose number is not the newest has been superseded. */
  #epoch = -1;
  /** The WAL still has text that was erased. */
  #unclean = false;
  #sweeping = false;
  /** Logs were added after the last slice was requested, so its answer may be outdated. */
  #sweepAgain = false;
  #closed = false;

  constructor(db: DatabaseSync, { path, keepEvents, wake, wakeServed }: OpenStoreOptions) {
    this.#db = db;
    this.#wake = wake;
    this.#wakeServed = wakeServed;
    this.table = new RunTable(db);
    this.cache = new RunCache(this.table);
    this.log = new RunLog(db);
    this.weights = new StoredWeights(db);
    this.blobs = new RunBlobs(db, this.weights);
    this.writer = new RunWriter(db, { table: this.table, log: this.log, blobs: this.blobs, keepEvents });
    const { table, log, blobs, writer } = this;
    this.#adder = new RunAdder(db, { table, log, blobs, writer, keepEvents });
    this.ended = new EndedRuns(db);
    this.#place = filePlace([path, `${path}-wal`]);
    this.queue = new WriteQueue(db, {
      path,
      check: () => this.#place.check(),
      begin: () => this.#begin(),
      committed: (batch) => this.#committed(batch),
    });
    this.#epochNow = db.prepare("SELECT epoch FROM holder");
    this.#left = db.prepare(`SELECT number FROM runs WHERE state IN (${unfinishedStates}) ORDER BY number`);
    this.#privateArgs = db.prepare("SELECT files, traceparent FROM args WHERE run = ?");
    this.#secrets = db.prepare("SELECT body FROM secrets WHERE run = ?");
  }

  /** Ends the claims of the earlier holder. Returns the runs to submit again. A damaged run is not changed. */
  takeOver(holder: Holder): Promise<readonly { readonly runId: string; readonly model: string }[]> {
    const work = (batch: Batch) => {
      const before = this.#db.prepare("SELECT epoch, inline FROM holder").get();
      const counted = before?.inline === 1;
      const epoch = ((before?.epoch as number | undefined) ?? 0) + 1;
      this.#db
        .prepare("INSERT OR REPLACE INTO holder (one, epoch, name, inline) VALUES (1, ?, ?, ?)")
        .run(epoch, holder.id, holder.inline === true ? 1 : 0);
      batch.tookOver = () => {
        this.#holder = holder;
        this.#epoch = epoch;
        this.cache.own();
      };
      return this.#left.all().flatMap(({ number }) => {
        const run = this.#unlessDamaged(batch, () => this.#released(number as number, { counted, batch }));
        return run && !isTerminal(run.state) ? [{ runId: run.id, model: run.model }] : [];
      });
    };
    this.#sweepLogs();
    return this.queue.add({ durable: true, work });
  }

  /** Returns true if the run was removed, false also if it is too damaged to be removed. */
  forgetEnded(number: number, batch: Batch): boolean {
    const forget = () => {
      const place = this.table.placeAt(number);
      if (!place || !isTerminal(place.state)) return false;
      this.writer.forget(place, batch);
      return true;
    };
    return this.#unlessDamaged(batch, forget) ?? false;
  }

  find(runId: string): CachedRun {
    const cached = this.cache.find(runId);
    if (!cached) throw runNotFound(runId);
    return cached;
  }

  list(filter: RunFilter): Page<Run> {
    return listRuns(this.#db, filter);
  }

  privateArgs(number: number): PrivateArgs {
    const { files, traceparent } = this.#privateArgs.get(number) as {
      readonly files: string;
      readonly traceparent: string | null;
    };
    const secrets = this.#secrets.get(number)?.body as string | undefined;
    return {
      files: JSON.parse(files) as PrivateArgs["files"],
      secrets: secrets === undefined ? {} : (JSON.parse(secrets) as JsonObject),
      ...(traceparent !== null && { traceparent }),
    };
  }

  /** As `StoreTransfer.run`. */
  stored(runId: string): StoredRun | undefined {
    const kept = this.cache.find(runId)?.kept;
    return kept && this.#adder.stored(kept, this.privateArgs(kept.number));
  }

  /** As `StoreTransfer.addRun`. */
  addRun(stored: StoredRun, readLog: ReadLog, change: MakeChange): Promise<boolean> {
    return this.#adder.add(stored, readLog, change);
  }

  /** Why nothing can be kept at the moment. */
  problem(): string | undefined {
    return this.#place.problem();
  }

  close(): void {
    this.queue.flush();
    this.#closed = true;
    this.#truncateWal();
    this.#db.close();
  }

  /** Returns a run of a dead holder after its end was recorded. */
  #released(number: number, { counted, batch }: { readonly counted: boolean; readonly batch: Batch }): Run | undefined {
    const place = this.table.placeAt(number);
    const kept = place && batch.find(place.id);
    return kept?.held ? this.writer.record(kept, [entryAfterCrash(kept.run, counted)], batch).run : kept?.run;
  }

  /** Returns the result of `work`, or undefined without a change if it meets a damaged row. */
  #unlessDamaged<T>(batch: Batch, work: () => T): T | undefined {
    const freed = batch.freed.length;
    this.#db.exec("SAVEPOINT one");
    try {
      const given = work();
      this.#db.exec("RELEASE one");
      return given;
    } catch (error) {
      if (!isDamagedRow(error)) throw error;
      this.#db.exec("ROLLBACK TO one; RELEASE one");
      batch.freed.length = freed;
      return undefined;
    }
  }

  #begin(): Batch {
    const superseded = this.#epoch >= 0 && this.#epochNow.get()?.epoch !== this.#epoch;
    if (superseded) this.cache.disown();
    return new Batch(this.cache, superseded);
  }

  #committed(batch: Batch): void {
    batch.tookOver?.();
    batch.publish();
    if (batch.erased) this.#unclean = true;
    if (this.#unclean) this.#truncateWal();
    if (batch.removed) this.#sweepLogs();
    for (const runId of batch.woken) this.#wake(runId);
    for (const model of batch.servedModels) this.#wakeServed(model);
    for (const blob of batch.freed) unharmed(() => this.#holder.free?.(blob));
  }

  /** Erased text stays in the WAL until its pages are in the file and the WAL is truncated. */
  #truncateWal(): void {
    try {
      this.#db.exec("PRAGMA busy_timeout = 0");
      this.#unclean = this.#db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.busy !== 0;
    } catch {
      // The disk is full or fails: the next commit retries it.
    } finally {
      unharmed(() => this.#db.exec(`PRAGMA busy_timeout = ${busyMs}`));
    }
  }

  /** Deletes the logs of removed runs, a slice in each turn: a long log would block the event loop. */
  #sweepLogs(): void {
    this.#sweepAgain = true;
    if (this.#sweeping) return;
    this.#sweeping = true;
    const next = () => {
      if (this.#closed) return;
      this.#sweepAgain = false;
      this.queue.add({ durable: false, work: (batch) => !batch.superseded && this.log.deleteSlice() }).then(
        (more) => {
          this.#sweeping = more || this.#sweepAgain;
          if (this.#sweeping) setImmediate(next);
        },
        // The disk is full or fails: the next removal or the next start continues.
        () => {
          this.#sweeping = false;
        },
      );
    };
    setImmediate(next);
  }
}

/** A listener that throws must not fail a committed write. */
function unharmed(tell: () => void): void {
  try {
    tell();
  } catch {
    // The listener's own fault.
  }
}
