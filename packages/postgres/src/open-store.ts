// What a process that has opened the store works with: changes of several statements, and what follows a commit.
import { DeepaasError } from "@deepaas/core";
import { type BlobRef, type Holder, type LogAppend, Turns } from "@deepaas/core/ports";
import { Database, type Queries } from "./database.ts";
import { type LeftRun, takeOver } from "./holders.ts";
import { keyText } from "./key-text.ts";
import type { Query } from "./listener.ts";
import { prepareDatabase } from "./prepare-database.ts";
import { RunAdder } from "./run-adder.ts";
import { RunBlobs } from "./run-blobs.ts";
import { type KeptRun, keptRunFrom, type RunRow, runColumns } from "./run-row.ts";
import { changeStatement, lockedRun } from "./run-statements.ts";
import { RunWriter, type Written } from "./run-writer.ts";
import { SecretBox } from "./secret-box.ts";
import type { StoreSettings } from "./store-options.ts";
import { StoredWeights } from "./stored-weights.ts";
import { Wakes } from "./wakes.ts";

/** A transaction that changes something, with what follows its commit. */
export interface Change {
  readonly queries: Queries;
  /** Blobs that nothing refers to any more. */
  readonly freed: BlobRef[];
  /** Runs with new events. */
  readonly written: Written[];
  /** Ids of removed runs. */
  readonly removed: string[];
  /** Models whose served version has changed. */
  readonly served: string[];
}

export interface ChangeOptions<T> {
  /** Names of further locks that are held until the commit. */
  readonly lock?: string;
  /** The answer if another process has opened the store in place of this one. Default: rejects `unavailable`. */
  readonly superseded?: () => T;
}

export class OpenStore {
  readonly database: Database;
  readonly blobs: RunBlobs;
  readonly secrets: SecretBox;
  readonly writer: RunWriter;
  readonly adder: RunAdder;
  readonly weights: StoredWeights;
  readonly wakes: Wakes;
  readonly turns = new Turns();
  /** The runs of this process, as it wrote them last. */
  readonly #held = new Map<string, KeptRun>();
  #holder: Holder = { id: "" };
  #epoch = -1;
  #isReplaced = false;
  #started: Promise<void> | undefined;

  constructor(settings: StoreSettings) {
    const { schema, listenUrl, secretKey, keepEvents } = settings;
    this.database = new Database(settings);
    this.secrets = new SecretBox(secretKey);
    this.blobs = new RunBlobs(this.database.schema);
    this.weights = new StoredWeights(this.database.schema);
    const { blobs, secrets } = this;
    const parts = { schema: this.database.schema, blobs, secrets, keepEvents };
    this.writer = new RunWriter(parts);
    this.adder = new RunAdder(parts);
    const check = (query: Query) => this.#checkHolder(query);
    this.wakes = new Wakes({ database: this.database, listenUrl, channel: `deepaas_${schema}`, check });
  }

  /** Of this process: counts all that ever opened the store. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Another process has opened the store in place of this one. */
  get isReplaced(): boolean {
    return this.#isReplaced;
  }

  /** Ends what an earlier holder held. Returns the queued and lost runs, none for one of several holders. */
  async takeOver(holder: Holder): Promise<readonly LeftRun[]> {
    this.#started ??= this.#start().catch((error: unknown) => {
      this.#started = undefined;
      throw error;
    });
    await this.#started;
    const { epoch, left, changed } = await takeOver(this.database, this.writer, holder);
    this.#holder = holder;
    this.#epoch = epoch;
    this.#isReplaced = false;
    this.#held.clear();
    for (const runId of changed) this.wakes.changed(runId);
    return left;
  }

  async change<T>(work: (change: Change) => Promise<T>, options: ChangeOptions<T> = {}): Promise<T> {
    const { database } = this;
    const locks = options.lock === undefined ? "" : `SELECT pg_advisory_xact_lock(${database.lockKey(options.lock)});`;
    // A holder that opens the store waits for this transaction, and the next one sees that it has opened.
    const begin = `BEGIN ISOLATION LEVEL READ COMMITTED; ${locks}
      SELECT pg_advisory_xact_lock_shared(${database.lockKey("holders")});
      SELECT 1 FROM ${database.schema}.holders WHERE epoch = ${this.#epoch}`;
    let done: Omit<Change, "queries"> = noChange();
    const answer = await database.transaction(begin, async (queries, begun) => {
      // Anew if the transaction is repeated.
      done = noChange();
      if (begun.length === 0) {
        this.#onReplaced();
        return (options.superseded ?? refuse)();
      }
      return work({ ...done, queries });
    });
    this.#committed(done);
    return answer;
  }

  /** Returns a run whose row is locked until the end of the transaction. */
  async locked({ queries }: Change, runId: string): Promise<KeptRun | undefined> {
    const [row] = await queries.rows<RunRow>(lockedRun(this.database.schema, runColumns), [keyText(runId)]);
    return row && keptRunFrom(row);
  }

  /** The run as this process wrote it last, if it holds it. It may have changed since. */
  remembered(runId: string): KeptRun | undefined {
    return this.#held.get(runId);
  }

  forget(runId: string): void {
    this.#held.delete(runId);
  }

  /** Appends reports with one statement. Returns false without a change if the run has changed since it was remembered. */
  async report(kept: KeptRun, entries: readonly LogAppend[], appendNumber: number): Promise<boolean> {
    const change = this.writer.plan(kept, entries, { appendNumber });
    const { sql, values } = changeStatement(this.database.schema, change);
    const { rowCount } = await this.database.statement(sql, values);
    if (rowCount === 0) return false;
    this.#wrote({ kept: change.after, chunks: change.written });
    return true;
  }

  async close(): Promise<void> {
    await this.wakes.close();
    await this.database.close();
  }

  async #start(): Promise<void> {
    await prepareDatabase(this.database);
    await this.wakes.start();
  }

  async #checkHolder(query: Query): Promise<void> {
    const epoch = this.#epoch;
    const rows = await query(`SELECT 1 FROM ${this.database.schema}.holders WHERE epoch = $1`, [epoch]);
    // Before the store is opened, and while it is opened again, it has no holder.
    if (rows.length === 0 && epoch >= 0 && epoch === this.#epoch) this.#onReplaced();
  }

  #onReplaced(): void {
    if (this.#isReplaced) return;
    this.#isReplaced = true;
    this.#holder.replaced?.();
  }

  #committed({ written, removed, served, freed }: Omit<Change, "queries">): void {
    for (const one of written) this.#wrote(one);
    for (const runId of removed) {
      this.#held.delete(runId);
      this.wakes.changed(runId);
    }
    for (const model of served) this.wakes.served(model);
    for (const blob of freed) {
      try {
        this.#holder.free?.(blob);
      } catch {
        // A listener that throws must not fail a committed write.
      }
    }
  }

  #wrote({ kept, chunks }: Written): void {
    const { run, number, holder } = kept;
    if (holder === this.#epoch) this.#held.set(run.id, kept);
    else this.#held.delete(run.id);
    this.wakes.appended(run.id, { number, firstSeq: run.firstSeq, chunks: chunks.map(({ chunk }) => chunk) });
  }
}

function noChange(): Omit<Change, "queries"> {
  return { freed: [], written: [], removed: [], served: [] };
}

function refuse(): never {
  throw new DeepaasError("unavailable", "Another process has opened the store.");
}
