// The `RunStore` in a SQLite file. One connection reads and writes; the process that opened the file last is its holder.
import { stat } from "node:fs/promises";
import type { DatabaseSync } from "node:sqlite";
import {
  checkCursor,
  DeepaasError,
  isTerminal,
  type Page,
  type Run,
  type RunEvent,
  type RunFact,
  type RunFilter,
} from "@deepaas/core";
import {
  type AppendPosition,
  type BlobRef,
  type Claim,
  checkAppend,
  type Holder,
  isStaleAttempt,
  type LogAppend,
  mayBeClaimed,
  type NewRun,
  type NewServedChange,
  type NewVersion,
  type OwnerUsage,
  type Retention,
  type RunStore,
  RunWakers,
  runExists,
  runNotFound,
  type StoredStats,
  type StoredVersion,
  type StoredVersions,
  type StoreTransfer,
} from "@deepaas/core/ports";
import type { Batch } from "./batch.ts";
import { openDatabase, openingError, openReadOnly } from "./database.ts";
import { OpenStore } from "./open-store.ts";
import { storageError } from "./storage-error.ts";
import { checkStoreOptions, type SqliteStoreOptions, type StoreSettings } from "./store-options.ts";

/**
 * The store for `createHost({ store: sqliteStore({ path }) })`. `open` opens the file and rejects `failed_precondition` for a
 * file of another program, of a newer version or damaged, and `unavailable` for one in use; both name the file. Throws a
 * TypeError for an invalid option.
 *
 * All data survives the death of this process. A run that was created, cancelled or removed, a checkpoint, an artifact,
 * published weights and the end of a run survive a power loss as well.
 *
 * While the disk is full or read-only, writes reject `unavailable` and change nothing; reads go on.
 */
export function sqliteStore(options: SqliteStoreOptions): RunStore {
  return new SqliteStore(checkStoreOptions(options));
}

/** Events whose loss at a power failure is harmless: they are reported again, or follow from the next start. */
const passing: ReadonlySet<RunFact["type"]> = new Set(["queued", "started", "progress", "log", "lost"]);

export class SqliteStore implements RunStore {
  readonly #settings: StoreSettings;
  readonly #connect: (path: string) => DatabaseSync;
  readonly #wakers = new RunWakers();
  readonly #servedListeners = new Set<(model: string) => void>();
  #opened: OpenStore | undefined;
  #closed = false;

  /** `connect` is for tests. */
  constructor(settings: StoreSettings, connect?: (path: string) => DatabaseSync) {
    this.#settings = settings;
    this.#connect = connect ?? (settings.readOnly ? (path) => openReadOnly(path) : openDatabase);
  }

  async open(holder: Holder) {
    if (this.#closed) throw closedError();
    this.#opened ??= this.#openFile();
    try {
      return this.#settings.readOnly ? [] : await this.#opened.takeOver(holder);
    } catch (error) {
      throw openingError(error, this.#settings.path);
    }
  }

  create(run: NewRun): Promise<{ readonly run: Run; readonly created: boolean }> {
    const { id, model, fingerprint } = run;
    const work = (batch: Batch, store: OpenStore) => {
      const there = batch.find(id);
      if (!there) return { run: store.writer.create(run, batch).run, created: true };
      if (there.fingerprint !== fingerprint || there.run.model !== model) {
        throw runExists(id);
      }
      return { run: there.run, created: false };
    };
    return this.#write({ durable: true, runId: id, work, superseded: refuse });
  }

  claim(runId: string): Promise<Claim | undefined> {
    const work = (batch: Batch, store: OpenStore): Claim | undefined => {
      const kept = batch.find(runId);
      if (!kept || !mayBeClaimed(kept)) return undefined;
      const fact = { type: "started", attempt: kept.run.attempt + 1 } as const;
      const { run, number, lostInARow } = store.writer.record(
        { ...kept, held: true, appendNumber: 0 },
        [{ fact }],
        batch,
      );
      const published = store.blobs.published(number);
      return {
        run,
        private: store.privateArgs(number),
        checkpoints: store.blobs.checkpoints(number),
        lostInARow,
        ...(published && { published }),
      };
    };
    return this.#write({ durable: false, runId, work, superseded: () => undefined });
  }

  append(runId: string, entries: readonly LogAppend[], position?: AppendPosition): Promise<"kept" | "stale"> {
    const work = (batch: Batch, store: OpenStore): "kept" | "stale" => {
      const kept = batch.find(runId);
      const answer = checkAppend(kept, entries, position);
      if (!kept || answer) return answer ?? "stale";
      store.writer.record({ ...kept, appendNumber: position?.appendNumber ?? kept.appendNumber }, entries, batch);
      return "kept";
    };
    const durable = entries.some(({ fact }) => !passing.has(fact.type));
    // An append with a number is stale. An append without a number would be retried for ever, so it rejects.
    const superseded = position?.appendNumber === undefined ? refuse : (): "stale" => "stale";
    return this.#write({ durable, runId, work, superseded });
  }

  async read(runId: string, after: number, limit: number): Promise<readonly RunEvent[]> {
    return this.#read((store) => {
      const cached = store.find(runId);
      if (after + 1 < cached.kept.run.firstSeq) checkCursor(cached.kept.run, after);
      return store.log.read(cached, after, limit);
    });
  }

  async get(runId: string): Promise<Run | undefined> {
    return this.#read((store) => store.cache.find(runId)?.kept.run);
  }

  async list(filter: RunFilter): Promise<Page<Run>> {
    return this.#read((store) => store.list(filter));
  }

  remove(runId: string): Promise<void> {
    const work = (batch: Batch, store: OpenStore) => {
      const place = store.table.placeOf(runId);
      if (!place) throw runNotFound(runId);
      if (!isTerminal(place.state)) {
        throw new DeepaasError("failed_precondition", `The run ${runId} is ${place.state}; cancel it first.`);
      }
      store.writer.forget(place, batch);
    };
    return this.#write({ durable: true, runId, work, superseded: refuse });
  }

  async retain(retention: Retention): Promise<void> {
    // Its holder removes what is too much.
    if (this.#settings.readOnly) return;
    for (;;) {
      const numbers = this.#read((store) => store.ended.beyond(retention));
      if (numbers.length === 0) return;
      const work = (batch: Batch, store: OpenStore) => numbers.filter((number) => store.forgetEnded(number, batch));
      const removed = await this.#write({ durable: true, work, superseded: refuse });
      // A run that cannot be removed now cannot be removed in the next round either.
      if (removed.length === 0) return;
    }
  }

  async isKept(blobId: string): Promise<boolean> {
    return this.#read((store) => store.blobs.isKept(blobId));
  }

  async artifact(runId: string, name: string): Promise<BlobRef | undefined> {
    return this.#read((store) => store.blobs.at(store.find(runId).kept.number, `artifact/${name}`));
  }

  async versions(model: string): Promise<StoredVersions> {
    return this.#read((store) => store.weights.of(model));
  }

  addVersion(version: NewVersion, attempt?: number): Promise<StoredVersion | "stale"> {
    const { runId } = version;
    const work = (batch: Batch, store: OpenStore): StoredVersion | "stale" => {
      const run = runId === undefined ? undefined : batch.find(runId)?.run;
      if (attempt !== undefined && isStaleAttempt(run, attempt)) return "stale";
      return store.weights.add(version);
    };
    const superseded = attempt === undefined ? refuse : (): "stale" => "stale";
    return this.#write({ durable: true, ...(runId !== undefined && { runId }), work, superseded });
  }

  serveVersion(model: string, change: NewServedChange): Promise<"kept" | "stale"> {
    const work = (batch: Batch, store: OpenStore) => store.weights.serve(model, change, batch);
    return this.#write({ durable: true, work, superseded: refuse });
  }

  removeVersion(model: string, version: number): Promise<void> {
    const work = (batch: Batch, store: OpenStore) => store.blobs.release([store.weights.remove(model, version)], batch);
    return this.#write({ durable: true, work, superseded: refuse });
  }

  subscribeServed(wake: (model: string) => void): () => void {
    this.#servedListeners.add(wake);
    return () => void this.#servedListeners.delete(wake);
  }

  get transfer(): StoreTransfer {
    return {
      run: async (runId) => this.#read((store) => store.stored(runId)),
      addRun: async (stored, readLog) =>
        this.#store.addRun(stored, readLog, (durable, work) => this.#write({ durable, work, superseded: refuse })),
      models: async () => this.#read((store) => store.weights.all()),
      addModel: (stored) => {
        const work = (batch: Batch, store: OpenStore) => store.weights.addModel(stored, batch);
        return this.#write({ durable: true, work, superseded: refuse });
      },
    };
  }

  problem(): string | undefined {
    return this.#closed ? undefined : this.#opened?.problem();
  }

  async usage(owner: string): Promise<OwnerUsage> {
    return this.#read((store) => store.table.usage(owner));
  }

  async stats(): Promise<StoredStats> {
    const bytes = this.#closed ? undefined : await sizeOf(this.#settings.path);
    const runs = this.#closed ? [] : this.#read((store) => store.table.counts());
    return { kind: "sqlite", ...(bytes !== undefined && { bytes }), runs };
  }

  subscribe(runId: string, wake: () => void): () => void {
    return this.#wakers.subscribe(runId, wake);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#opened?.close();
    // Woken watchers read again and get the error.
    this.#wakers.wakeAll();
  }

  #openFile(): OpenStore {
    const db = this.#connect(this.#settings.path);
    try {
      const opened = new OpenStore(db, {
        ...this.#settings,
        wake: (runId) => this.#wakers.wake(runId),
        wakeServed: (model) => {
          for (const wake of this.#servedListeners) wake(model);
        },
      });
      // Another process may write the file.
      if (this.#settings.readOnly) opened.cache.disown();
      return opened;
    } catch (error) {
      // Its version promises that the tables exist.
      db.close();
      throw openingError(error, this.#settings.path);
    }
  }

  get #store(): OpenStore {
    if (this.#closed) throw closedError();
    if (!this.#opened) throw new DeepaasError("failed_precondition", "The store has not been opened by a holder.");
    return this.#opened;
  }

  async #write<T>(write: {
    readonly durable: boolean;
    readonly runId?: string;
    readonly work: (batch: Batch, store: OpenStore) => T;
    readonly superseded: () => T;
  }): Promise<T> {
    const { work, superseded, ...rest } = write;
    const store = this.#store;
    if (this.#settings.readOnly)
      throw new DeepaasError("failed_precondition", "The store was opened for reading only.");
    return store.queue.add({ ...rest, work: (batch) => (batch.superseded ? superseded() : work(batch, store)) });
  }

  #read<T>(work: (store: OpenStore) => T): T {
    const store = this.#store;
    try {
      return work(store);
    } catch (error) {
      throw storageError(error, this.#settings.path);
    }
  }
}

/** Of the database with its WAL. Undefined if there is no such file any more, or it cannot be read. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const { size } = await stat(path);
    const wal = await stat(`${path}-wal`).catch(() => undefined);
    return size + (wal?.size ?? 0);
  } catch {
    return undefined;
  }
}

function refuse(): never {
  throw new DeepaasError("unavailable", "Another process has opened the store.");
}

function closedError(): DeepaasError {
  return new DeepaasError("unavailable", "The store is closed.");
}
