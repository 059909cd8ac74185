// All writes of one turn in one transaction. Each promise settles, and watchers are woken, after the commit.
import type { DatabaseSync } from "node:sqlite";
import { DeepaasError } from "@deepaas/core";
import type { Batch } from "./batch.ts";
import { storageError } from "./storage-error.ts";

export interface Write<T> {
  /** True if the write must survive a power loss: the commit is synced to the disk. */
  readonly durable: boolean;
  /** If this write fails, later writes to the same run in the same turn are not made. */
  readonly runId?: string;
  /** Checks, and throws a DeepaasError, before it changes anything. */
  readonly work: (batch: Batch) => T;
}

interface Waiting extends Write<unknown> {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Settle = () => void;

export interface WriteQueueOptions {
  readonly path: string;
  /** Called before each transaction. Throws if what is written now would be lost. */
  readonly check: () => void;
  readonly begin: () => Batch;
  /** Called after the commit and before the promises settle. Must not throw. */
  readonly committed: (batch: Batch) => void;
}

export class WriteQueue {
  readonly #db: DatabaseSync;
  readonly #options: WriteQueueOptions;
  #waiting: Waiting[] = [];
  #scheduled = false;
  #synchronous = "";

  constructor(db: DatabaseSync, options: WriteQueueOptions) {
    this.#db = db;
    this.#options = options;
  }

  add<T>(write: Write<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ ...write, resolve: resolve as (value: unknown) => void, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.flush();
      });
    });
  }

  /** Commits the waiting writes now. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length === 0) return;
    try {
      this.#commit(waiting);
    } catch (error) {
      if (waiting.length === 1) (waiting[0] as Waiting).reject(storageError(error, this.#options.path));
      else this.#oneByOne(waiting);
    }
  }

  /** One write failed: tries which, and whether the others can be kept without it. */
  #oneByOne(waiting: readonly Waiting[]): void {
    const failed = new Map<string, unknown>();
    for (const write of waiting) {
      const { runId, reject } = write;
      try {
        // Numbered appends are made in order: a later one that is kept would hide an earlier one that is not.
        if (runId !== undefined && failed.has(runId)) throw failed.get(runId);
        this.#commit([write]);
      } catch (error) {
        const told = storageError(error, this.#options.path);
        if (runId !== undefined) failed.set(runId, told);
        reject(told);
      }
    }
  }

  #commit(waiting: readonly Waiting[]): void {
    const db = this.#db;
    this.#options.check();
    this.#syncAs(waiting.some(({ durable }) => durable) ? "FULL" : "NORMAL");
    let batch: Batch;
    let settled: readonly Settle[];
    db.exec("BEGIN IMMEDIATE");
    try {
      batch = this.#options.begin();
      const own = batch;
      settled = waiting.map((write) => settle(write, own));
      db.exec("COMMIT");
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      throw error;
    }
    this.#options.committed(batch);
    for (const one of settled) one();
  }

  #syncAs(level: "FULL" | "NORMAL"): void {
    if (this.#synchronous === level) return;
    this.#db.exec(`PRAGMA synchronous = ${level}`);
    this.#synchronous = level;
  }
}

function settle({ work, resolve, reject }: Waiting, batch: Batch): Settle {
  try {
    const value = work(batch);
    return () => resolve(value);
  } catch (error) {
    if (!DeepaasError.is(error)) throw error;
    return () => reject(error);
  }
}
