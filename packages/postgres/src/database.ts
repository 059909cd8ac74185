// The connections for queries: reads with patience, single statements, and transactions.
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { DeepaasError } from "@deepaas/core";
import { type Client, type ClientBase, Pool, type PoolClient, type QueryResult, types } from "pg";
import { databaseError, isConflict, isOutOfReach } from "./database-error.ts";
import type { StoreSettings } from "./store-options.ts";

/** A network that drops packets gives no error: a query that takes longer fails. */
export const queryTimeoutMs = 10_000;
/** For a free connection, and for a new one. */
const connectTimeoutMs = 5_000;
/** For connections to end, also those in use. */
const endTimeoutMs = 2_000;
const conflictRetries = 5;

const int8 = 20;
const json = 114;

/** Whole numbers fit into a number; JSON is parsed where it is used. */
export const columnTypes = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    if (oid === int8) return Number;
    if (oid === json) return (text: string) => text;
    return types.getTypeParser(oid, format as "text");
  },
} as const;

/**
 * The time between two statements of a transaction. A node that is frozen, or whose network is gone, must not keep its locks: no
 * other node could start, or take over its runs. Less than `queryTimeoutMs`, so that the query that waits for them succeeds.
 */
const idleTransactionMs = 5_000;

/**
 * A role or database may have switched off `synchronous_commit`: then the last events that were shown would be gone after a
 * crash.
 */
const sessionSettings = `SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')
  WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false),
  set_config('idle_in_transaction_session_timeout', '${idleTransactionMs}', false)`;

export type Row = Readonly<Record<string, unknown>>;

/** Runs statements: of one transaction, or each by itself. */
export interface Queries {
  rows<R>(sql: string, values?: readonly unknown[]): Promise<readonly R[]>;
}

export class Database {
  /** The quoted name of the schema. */
  readonly schema: string;
  readonly #pool: Pool;
  readonly #patienceMs: number;
  readonly #closing = new AbortController();
  #isOutOfReach = false;

  constructor({ url, schema, patienceMs, connections }: StoreSettings) {
    this.schema = `"${schema}"`;
    this.#patienceMs = patienceMs;
    this.#pool = new Pool({
      connectionString: url,
      max: connections,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: queryTimeoutMs,
      keepAlive: true,
      types: columnTypes,
      application_name: "deepaas",
      // The pool awaits it, which its type does not say.
      onConnect: prepared as (client: ClientBase) => void,
    });
    this.#pool.on("error", () => {});
  }

  /** Statements that change nothing, with patience. */
  readonly reads: Queries = { rows: (sql, values) => this.read(sql, values) };

  /** Statements without patience. */
  readonly once: Queries = {
    rows: async <R>(sql: string, values: readonly unknown[] = []) => (await this.statement<R>(sql, values)).rows,
  };

  /** The last query found the database out of reach. */
  get isOutOfReach(): boolean {
    return this.#isOutOfReach;
  }

  /** Another connection has reached it. */
  reached(): void {
    this.#isOutOfReach = false;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** The key of an advisory lock that nodes with the same schema share. */
  lockKey(name: string): string {
    return String(createHash("sha256").update(`deepaas ${this.schema} ${name}`).digest().readBigInt64BE());
  }

  /** Runs a statement that changes nothing. Repeats it for `patienceMs` while the database is out of reach. */
  async read<R = Row>(sql: string, values: readonly unknown[] = []): Promise<readonly R[]> {
    const startedAt = performance.now();
    for (let delayMs = 50; ; delayMs = Math.min(delayMs * 2, 500)) {
      try {
        return (await this.statement<R>(sql, values)).rows;
      } catch (error) {
        const leftMs = this.#patienceMs - (performance.now() - startedAt);
        if (leftMs <= 0 || this.isClosed || !DeepaasError.is(error) || error.code !== "unavailable") throw error;
        // Not all nodes at the same moment.
        await sleep(Math.min(leftMs, delayMs * (0.5 + Math.random())), undefined, {
          signal: this.#closing.signal,
        }).catch(() => {});
      }
    }
  }

  /** Runs one statement once. */
  statement<R = Row>(sql: string, values: readonly unknown[]): Promise<QueryResult<R & Row>> {
    return this.#observed(() => this.#pool.query<R & Row>(sql, [...values]));
  }

  /**
   * `begin` starts the transaction and takes its locks; `work` gets the rows of its last statement. Repeats both if PostgreSQL
   * ended the transaction because of another one.
   */
  async transaction<T>(begin: string, work: (queries: Queries, begun: readonly Row[]) => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await this.#observed(() => this.#once(begin, work));
      } catch (error) {
        const { cause } = error as { readonly cause?: unknown };
        if (!isConflict(cause) || tries >= conflictRetries) throw error;
      }
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    // A network that drops packets never confirms the end.
    await Promise.race([this.#pool.end(), sleep(endTimeoutMs, undefined, { ref: false })]);
  }

  async #once<T>(begin: string, work: (queries: Queries, begun: readonly Row[]) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let isBroken = true;
    try {
      // Several statements in one text have a result each.
      const begun = (await client.query(begin)) as unknown as QueryResult<Row> | readonly QueryResult<Row>[];
      const { rows } = [begun].flat().at(-1) as QueryResult<Row>;
      const answer = await work(queriesOf(client), rows);
      await client.query("COMMIT");
      isBroken = false;
      return answer;
    } catch (error) {
      isBroken = !(await rolledBack(client));
      throw error;
    } finally {
      client.release(isBroken);
    }
  }

  async #observed<T>(work: () => Promise<T>): Promise<T> {
    if (this.isClosed) throw new DeepaasError("unavailable", "The store is closed.");
    try {
      const answer = await work();
      this.#isOutOfReach = false;
      return answer;
    } catch (error) {
      const converted = databaseError(error);
      if (converted !== error) this.#isOutOfReach = isOutOfReach(error);
      throw converted;
    }
  }
}

/** A network that drops packets never confirms the end. */
export async function endOf(client: Client): Promise<void> {
  const ended = client.end().catch(() => {});
  await Promise.race([ended, sleep(endTimeoutMs, undefined, { ref: false })]);
}

/** A connection that ends has failed its query, and the next one connects again. Without a listener it would end the process. */
async function prepared(client: ClientBase): Promise<void> {
  client.on("error", () => {});
  await client.query(sessionSettings);
}

function queriesOf(client: PoolClient): Queries {
  return {
    rows: async <R>(sql: string, values: readonly unknown[] = []) => (await client.query(sql, [...values])).rows as R[],
  };
}

async function rolledBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query("ROLLBACK");
    return true;
  } catch {
    return false;
  }
}
