// Who is woken when a run or a served version changes: here, on other nodes, and after a notification that was lost.
import type { RunEvent } from "@deepaas/core";
import { RunWakers } from "@deepaas/core/ports";
import type { Database } from "./database.ts";
import { keyText, textOfKey } from "./key-text.ts";
import { Listener, type Query } from "./listener.ts";
import { readLogPage } from "./log-page.ts";
import { type Appended, WatchedRun } from "./watched-run.ts";

interface CheckedRun {
  readonly id: string;
  readonly number: number;
  readonly last_seq: number;
}

interface CheckedModel {
  readonly model: string;
  readonly revision: number;
}

export interface WakesOptions {
  readonly database: Database;
  readonly listenUrl: string;
  readonly channel: string;
  /** Called with each check of the listener. */
  readonly check: (query: Query) => Promise<void>;
}

export class Wakes {
  readonly #database: Database;
  readonly #listener: Listener;
  readonly #checkMore: (query: Query) => Promise<void>;
  readonly #wakers = new RunWakers();
  readonly #watched = new Map<string, WatchedRun>();
  readonly #modelListeners = new Set<(model: string) => void>();
  /** The revision of each model in the last check. */
  #revisions: ReadonlyMap<string, number> | undefined;

  constructor({ database, listenUrl, channel, check }: WakesOptions) {
    this.#database = database;
    this.#checkMore = check;
    this.#listener = new Listener({
      url: listenUrl,
      channel,
      onRun: (runId) => this.#wakeRun(runId),
      onModel: (model) => this.#wakeModel(model),
      check: (query) => this.#check(query),
    });
  }

  /** Rejects if the database cannot be reached. */
  start(): Promise<void> {
    return this.#listener.start();
  }

  subscribe(runId: string, wake: () => void): () => void {
    const watched =
      this.#watched.get(runId) ?? new WatchedRun(runId, (page) => readLogPage(this.#database, runId, page));
    this.#watched.set(runId, watched);
    watched.subscribers++;
    const unsubscribe = this.#wakers.subscribe(runId, wake);
    let isEnded = false;
    return () => {
      if (isEnded) return;
      isEnded = true;
      unsubscribe();
      if (--watched.subscribers === 0) this.#watched.delete(runId);
    };
  }

  subscribeModels(wake: (model: string) => void): () => void {
    this.#modelListeners.add(wake);
    return () => void this.#modelListeners.delete(wake);
  }

  /** As `RunStore.read`. The watchers of a run share their queries. */
  async read(runId: string, after: number, limit: number): Promise<readonly RunEvent[]> {
    const watched =
      this.#watched.get(runId) ?? new WatchedRun(runId, (page) => readLogPage(this.#database, runId, page));
    return watched.read(after, limit);
  }

  /** This process has appended. */
  appended(runId: string, appended: Appended): void {
    this.#watched.get(runId)?.appended(appended);
    this.#wakers.wake(runId);
    this.#listener.runChanged(runId);
  }

  /** This process has removed the run, or changed it otherwise. */
  changed(runId: string): void {
    this.#wakeRun(runId);
    this.#listener.runChanged(runId);
  }

  /** This process has changed the served version. */
  served(model: string): void {
    this.#wakeModel(model);
    this.#listener.modelChanged(model);
  }

  /** Sends what is waiting, and wakes all: they read again and get the error. */
  async close(): Promise<void> {
    await this.#listener.close();
    for (const watched of this.#watched.values()) watched.changed();
    this.#wakers.wakeAll();
  }

  #wakeRun(runId: string): void {
    this.#watched.get(runId)?.changed();
    this.#wakers.wake(runId);
  }

  #wakeModel(model: string): void {
    for (const wake of this.#modelListeners) {
      try {
        wake(model);
      } catch {
        // A listener that throws must not fail a committed write.
      }
    }
  }

  async #check(query: Query): Promise<void> {
    const { schema } = this.#database;
    const watched = new Map(this.#watched);
    const sql = `SELECT id, number, last_seq FROM ${schema}.runs WHERE id = ANY($1)`;
    const runs = await query<CheckedRun>(sql, [[...watched.keys()].map(keyText)]);
    const models = await query<CheckedModel>(`SELECT model, revision FROM ${schema}.weights`, []);
    await this.#checkMore(query);
    this.#database.reached();
    const found = new Map(runs.map(({ id, number, last_seq }) => [textOfKey(id), { number, lastSeq: last_seq }]));
    for (const [runId, run] of watched) if (run.isNewsToCheck(found.get(runId))) this.#wakeRun(runId);
    const before = this.#revisions;
    this.#revisions = new Map(models.map(({ model, revision }) => [textOfKey(model), revision]));
    if (!before) return;
    for (const [model, revision] of this.#revisions) if (before.get(model) !== revision) this.#wakeModel(model);
  }
}
