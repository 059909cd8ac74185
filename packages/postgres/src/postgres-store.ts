// The `RunStore` in PostgreSQL.
import { DeepaasError, isTerminal, type Page, type Run, type RunEvent, type RunFilter } from "@deepaas/core";
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
  type PrivateArgs,
  type Retention,
  type RunStore,
  runExists,
  runNotFound,
  type StoredCheckpoint,
  type StoredStats,
  type StoredVersion,
  type StoredVersions,
  type StoreTransfer,
} from "@deepaas/core/ports";
import { runsBeyond } from "./ended-runs.ts";
import type { LeftRun } from "./holders.ts";
import { keyText, textOfKey } from "./key-text.ts";
import { withLease } from "./leases.ts";
import { type Change, OpenStore } from "./open-store.ts";
import { listStatement, pageFrom } from "./run-list.ts";
import { type KeptRun, type RecordRow, recordColumns, runFrom } from "./run-row.ts";
import { areReports } from "./run-writer.ts";
import { SharedCalls } from "./shared-calls.ts";
import { checkStoreOptions, type PostgresStoreOptions, type StoreSettings } from "./store-options.ts";
import { storeStats } from "./store-stats.ts";
import { transferOf } from "./transfer.ts";

/**
 * The store for `createHost({ store: postgresStore({ url }) })`, for one node or several. `open` creates the tables; it rejects
 * `failed_precondition` for a server with `fsync = off`, a database that is not UTF-8, and tables of a newer version. Throws a
 * TypeError for an invalid option.
 *
 * A promise resolves after the commit, with `synchronous_commit` on: what was shown survives a crash of the server.
 *
 * While the database is out of reach, reads are repeated for `patienceMs`; writes reject `unavailable` at once, and their caller
 * repeats them. It connects again by itself.
 */
export function postgresStore(options: PostgresStoreOptions): RunStore {
  return new PostgresStore(checkStoreOptions(options));
}

class PostgresStore implements RunStore {
  readonly #opened: OpenStore;
  readonly transfer: StoreTransfer = transferOf(() => this.#store);
  readonly #gets = new SharedCalls<Run | undefined>();
  #isOpen = false;
  #closing: Promise<void> | undefined;

  constructor(settings: StoreSettings) {
    this.#opened = new OpenStore(settings);
  }

  async open(holder: Holder): Promise<readonly LeftRun[]> {
    if (this.#closing) throw closedError();
    const left = await this.#opened.takeOver(holder);
    this.#isOpen = true;
    return left;
  }

  create(run: NewRun): Promise<{ readonly run: Run; readonly created: boolean }> {
    const store = this.#store;
    const { id, model, fingerprint } = run;
    // A list is in the order of numbers: a run that commits later must not have a lower number than one that was listed.
    return store.change(
      async (change) => {
        for (;;) {
          const created = await store.writer.create(change.queries, run);
          if (created) {
            change.written.push(created);
            return { run: created.kept.run, created: true };
          }
          const there = await store.locked(change, id);
          // It was removed between the two statements.
          if (!there) continue;
          if (there.fingerprint !== keyText(fingerprint) || there.run.model !== model) throw runExists(id);
          return { run: there.run, created: false };
        }
      },
      { lock: "create" },
    );
  }

  claim(runId: string): Promise<Claim | undefined> {
    const store = this.#store;
    const work = async (change: Change): Promise<Claim | undefined> => {
      const kept = await store.locked(change, runId);
      if (!kept || !mayBeClaimed({ run: kept.run, held: kept.holder !== null })) return undefined;
      // Before anything is changed: secrets that cannot be decrypted must not start an attempt.
      const privateArgs = await this.#privateArgs(change, kept);
      const fact = { type: "started", attempt: kept.run.attempt + 1 } as const;
      const more = { holder: store.epoch, appendNumber: 0 };
      const written = await store.writer.record(change, kept, { entries: [{ fact }], more });
      change.written.push(written);
      const { run, number, lostInARow } = written.kept;
      const published = await store.blobs.published(change.queries, number);
      const checkpoints = await store.blobs.checkpoints(change.queries, number);
      return { run, private: privateArgs, checkpoints, lostInARow, ...(published && { published }) };
    };
    return store.turns.run(runId, () => store.change(work, { superseded: () => undefined }));
  }

  append(runId: string, entries: readonly LogAppend[], position?: AppendPosition): Promise<"kept" | "stale"> {
    const store = this.#store;
    return store.turns.run(runId, async (): Promise<"kept" | "stale"> => {
      const remembered = store.remembered(runId);
      const appendNumber = position?.appendNumber;
      try {
        if (remembered && appendNumber !== undefined && areReports(entries) && !check(remembered, entries, position)) {
          if (await store.report(remembered, entries, appendNumber)) return "kept";
        }
        return await this.#append(runId, entries, position);
      } catch (error) {
        // It may have been kept.
        store.forget(runId);
        throw error;
      }
    });
  }

  async read(runId: string, after: number, limit: number): Promise<readonly RunEvent[]> {
    return this.#store.wakes.read(runId, after, limit);
  }

  async get(runId: string): Promise<Run | undefined> {
    const { database } = this.#store;
    return this.#gets.run(runId, async () => {
      const { schema } = database;
      const sql = `SELECT ${recordColumns} FROM ${schema}.runs JOIN ${schema}.args ON run = number WHERE id = $1`;
      const [row] = await database.read<RecordRow>(sql, [keyText(runId)]);
      return row && runFrom(row);
    });
  }

  async list(filter: RunFilter): Promise<Page<Run>> {
    const { database } = this.#store;
    const { sql, values } = listStatement(database.schema, filter);
    return pageFrom(filter, await database.read(sql, values));
  }

  remove(runId: string): Promise<void> {
    const store = this.#store;
    const work = async (change: Change) => {
      const place = await placeOf(change, `${store.database.schema}.runs WHERE id = $1`, keyText(runId));
      if (!place) throw runNotFound(runId);
      if (!isTerminal(place.state)) {
        throw new DeepaasError("failed_precondition", `The run ${runId} is ${place.state}; cancel it first.`);
      }
      await store.writer.forget(change, place.number);
      change.removed.push(runId);
    };
    return store.turns.run(runId, () => store.change(work));
  }

  async retain(retention: Retention): Promise<void> {
    const store = this.#store;
    const { database } = store;
    for (;;) {
      const { sql, values } = runsBeyond(database.schema, retention);
      const rows = await database.read<{ number: number }>(sql, values);
      for (const { number } of rows) {
        await store.change(async (change) => {
          // Another node may have removed it.
          const place = await placeOf(change, `${database.schema}.runs WHERE number = $1`, number);
          if (!place) return;
          await store.writer.forget(change, number);
          change.removed.push(textOfKey(place.id));
        });
      }
      if (rows.length === 0) return;
    }
  }

  async isKept(blobId: string): Promise<boolean> {
    const { blobs, database } = this.#store;
    return blobs.isKept(database.reads, blobId);
  }

  async artifact(runId: string, name: string): Promise<BlobRef | undefined> {
    const { database } = this.#store;
    const { schema } = database;
    const sql = `SELECT ref FROM ${schema}.runs LEFT JOIN ${schema}.blobs ON run = number AND place = $2 WHERE runs.id = $1`;
    const [row] = await database.read<{ ref: string | null }>(sql, [keyText(runId), keyText(`artifact/${name}`)]);
    if (!row) throw runNotFound(runId);
    return row.ref === null ? undefined : (JSON.parse(row.ref) as BlobRef);
  }

  async versions(model: string): Promise<StoredVersions> {
    const { weights, database } = this.#store;
    return weights.of(database.reads, model);
  }

  addVersion(version: NewVersion, attempt?: number): Promise<StoredVersion | "stale"> {
    const store = this.#store;
    const { runId } = version;
    const work = async (change: Change): Promise<StoredVersion | "stale"> => {
      const kept = runId === undefined ? undefined : await store.locked(change, runId);
      if (attempt !== undefined && isStaleAttempt(kept?.run, attempt)) return "stale";
      return store.weights.add(change.queries, version);
    };
    return attempt === undefined ? store.change(work) : store.change(work, { superseded: () => "stale" });
  }

  serveVersion(model: string, served: NewServedChange): Promise<"kept" | "stale"> {
    const store = this.#store;
    return store.change(async (change) => {
      const answer = await store.weights.serve(change.queries, model, served);
      if (answer === "kept") change.served.push(model);
      return answer;
    });
  }

  removeVersion(model: string, version: number): Promise<void> {
    const store = this.#store;
    return store.change(async ({ queries, freed }) => {
      await store.blobs.release(queries, [await store.weights.remove(queries, model, version)], freed);
    });
  }

  subscribeServed(wake: (model: string) => void): () => void {
    return this.#opened.wakes.subscribeModels(wake);
  }

  subscribe(runId: string, wake: () => void): () => void {
    return this.#opened.wakes.subscribe(runId, wake);
  }

  async lead(name: string, work: () => Promise<void>): Promise<boolean> {
    const { database, epoch } = this.#store;
    return withLease(database, { name, epoch }, work);
  }

  async newestCheckpoint(runId: string): Promise<StoredCheckpoint | undefined> {
    const { blobs, database } = this.#store;
    return blobs.newestCheckpoint(database.reads, runId);
  }

  problem(): string | undefined {
    if (this.#closing) return undefined;
    if (this.#opened.isReplaced)
      return "another server has taken its place: a node with its name, or one that does not share the database";
    return this.#opened.database.isOutOfReach ? "its database is out of reach" : undefined;
  }

  async usage(owner: string): Promise<OwnerUsage> {
    const { database } = this.#store;
    const sql = `SELECT count(*) FILTER (WHERE state = 'queued') AS queued, coalesce(sum(bytes), 0)::bigint AS bytes
      FROM ${database.schema}.runs WHERE owner = $1`;
    const [row] = await database.read<OwnerUsage>(sql, [keyText(owner)]);
    return row as OwnerUsage;
  }

  async stats(): Promise<StoredStats> {
    const { database } = this.#store;
    return storeStats(database.once, database.schema);
  }

  close(): Promise<void> {
    this.#closing ??= this.#opened.close();
    return this.#closing;
  }

  get #store(): OpenStore {
    if (this.#closing) throw closedError();
    if (!this.#isOpen) throw new DeepaasError("failed_precondition", "The store has not been opened by a holder.");
    return this.#opened;
  }

  #append(
    runId: string,
    entries: readonly LogAppend[],
    position: AppendPosition | undefined,
  ): Promise<"kept" | "stale"> {
    const store = this.#store;
    const work = async (change: Change): Promise<"kept" | "stale"> => {
      const kept = await store.locked(change, runId);
      const answer = check(kept, entries, position);
      if (!kept || answer) return answer ?? "stale";
      const more = { appendNumber: position?.appendNumber ?? kept.appendNumber };
      change.written.push(await store.writer.record(change, kept, { entries, more }));
      return "kept";
    };
    // An append with a number is stale. An append without a number would be retried for ever, so it rejects.
    return position?.appendNumber === undefined
      ? store.change(work)
      : store.change(work, { superseded: () => "stale" });
  }

  async #privateArgs({ queries }: Change, { number, run }: KeptRun): Promise<PrivateArgs> {
    const { database, secrets } = this.#store;
    const sql = `SELECT files, secrets FROM ${database.schema}.args WHERE run = $1`;
    const [row] = await queries.rows<{ files: string; secrets: Buffer | null }>(sql, [number]);
    const { files, secrets: sealed } = row as { files: string; secrets: Buffer | null };
    return { ...(JSON.parse(files) as Omit<PrivateArgs, "secrets">), secrets: secrets.open(run.id, sealed) };
  }
}

function check(kept: KeptRun | undefined, entries: readonly LogAppend[], position: AppendPosition | undefined) {
  const written = kept && { run: kept.run, held: kept.holder !== null, appendNumber: kept.appendNumber };
  return checkAppend(written, entries, position);
}

interface RunPlace {
  readonly number: number;
  readonly id: string;
  readonly state: Run["state"];
}

/** The columns of a run whose record cannot be read, locked. */
async function placeOf({ queries }: Change, from: string, value: string | number): Promise<RunPlace | undefined> {
  const [row] = await queries.rows<RunPlace>(`SELECT number, id, state FROM ${from} FOR UPDATE`, [value]);
  return row;
}

function closedError(): DeepaasError {
  return new DeepaasError("unavailable", "The store is closed.");
}
