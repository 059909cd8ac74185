// A run as the store keeps it, and its row.
import type { DatabaseSync } from "node:sqlite";
import { DeepaasError, isTerminal, type JsonObject, type Run, type RunState, type RunStats } from "@deepaas/core";
import { deepFrozen, type OwnerUsage } from "@deepaas/core/ports";

export interface KeptRun {
  /** In the order of creation. Never reused. */
  readonly number: number;
  readonly fingerprint: string;
  /** Frozen. */
  readonly run: Run;
  readonly held: boolean;
  /** Number of the last append of the newest attempt. */
  readonly appendNumber: number;
  readonly lostInARow: number;
  /** Bytes of its arguments, log and blobs. */
  readonly bytes: number;
  /** Time of the last event. A later event never gets an earlier time, even if the clock went back. */
  readonly lastAt: string;
}

/** The columns of a run whose record cannot be read. */
export interface RunPlace {
  readonly number: number;
  readonly id: string;
  readonly state: RunState;
}

interface Row {
  readonly number: number;
  readonly fingerprint: string;
  readonly held: number;
  readonly append_number: number;
  readonly lost_in_a_row: number;
  readonly bytes: number;
  readonly last_at: string;
  readonly record: string;
  /** Null if the row in `args` is missing. */
  readonly args: string | null;
}

/** As a list in SQL. */
export const unfinishedStates = "'queued', 'running', 'stopping', 'lost'";

const columns = "number, fingerprint, held, append_number, lost_in_a_row, bytes, last_at, record, args";

export class RunTable {
  readonly #byId;
  readonly #placeOf;
  readonly #placeAt;
  readonly #insert;
  readonly #update;
  readonly #setState;
  readonly #setEnd;
  readonly #usage;
  readonly #counts;
  readonly #oldestEvents;

  constructor(db: DatabaseSync) {
    this.#byId = db.prepare(`SELECT ${columns} FROM runs LEFT JOIN args ON run = number WHERE id = ?`);
    this.#placeOf = db.prepare("SELECT number, id, state FROM runs WHERE id = ?");
    this.#placeAt = db.prepare("SELECT number, id, state FROM runs WHERE number = ?");
    this.#insert = db.prepare(
      "INSERT INTO runs (id, model, owner, fingerprint, state, created_at, state_at, last_at, bytes, record) VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?, '')",
    );
    this.#update = db.prepare(
      "UPDATE runs SET record = ?, held = ?, append_number = ?, lost_in_a_row = ?, bytes = ?, last_at = ? WHERE number = ?",
    );
    this.#setState = db.prepare("UPDATE runs SET state = ?, state_at = ? WHERE number = ?");
    this.#setEnd = db.prepare(`
      UPDATE runs SET state = ?, ended_at = ?,
        ended_no = (SELECT coalesce(max(ended_no), 0) + 1 FROM runs WHERE ended_no IS NOT NULL)
      WHERE number = ?`);
    // Of the index alone.
    this.#counts = db.prepare(
      "SELECT model, state, count(*) AS count, min(state_at) AS since FROM runs GROUP BY model, state",
    );
    // Few rows. Their last events are in no index: it would be written with each report.
    this.#oldestEvents = db.prepare(
      `SELECT model, state, min(last_at) AS last_at FROM runs WHERE state IN (${unfinishedStates}) GROUP BY model, state`,
    );
    this.#usage = db.prepare(
      "SELECT count(*) FILTER (WHERE state = 'queued') AS queued, total(bytes) AS bytes FROM runs WHERE owner = ?",
    );
  }

  /** Throws `internal` for a damaged row. */
  find(id: string): KeptRun | undefined {
    const row = this.#byId.get(id) as Row | undefined;
    if (!row) return undefined;
    const { number, fingerprint, append_number, bytes } = row;
    return {
      number,
      fingerprint,
      run: runFromRow(row, id),
      held: row.held === 1,
      appendNumber: append_number,
      lostInARow: row.lost_in_a_row,
      bytes,
      lastAt: row.last_at,
    };
  }

  placeOf(id: string): RunPlace | undefined {
    return this.#placeOf.get(id) as RunPlace | undefined;
  }

  placeAt(number: number): RunPlace | undefined {
    return this.#placeAt.get(number) as RunPlace | undefined;
  }

  /** Returns what the runs of the owner use. */
  usage(owner: string): OwnerUsage {
    const { queued, bytes } = this.#usage.get(owner) as unknown as OwnerUsage;
    return { queued, bytes };
  }

  /** Returns one entry for each model and state. */
  counts(): readonly RunStats[] {
    const oldest = this.#oldestEvents.all() as unknown as (Pick<RunStats, "model" | "state"> & { last_at: string })[];
    return (this.#counts.all() as unknown as Required<RunStats>[]).map(({ model, state, count, since }) => {
      if (isTerminal(state)) return { model, state, count };
      const lastEventAt = oldest.find((one) => one.model === model && one.state === state)?.last_at ?? since;
      return { model, state, count, since, lastEventAt };
    });
  }

  /** Returns its number. The record is written with its first event. */
  insert({ fingerprint, run, bytes, lastAt }: Omit<KeptRun, "number">): number {
    const { id, model, owner = null, createdAt } = run;
    return Number(this.#insert.run(id, model, owner, fingerprint, createdAt, createdAt, lastAt, bytes).lastInsertRowid);
  }

  /** `before`: the record in the row. */
  update({ number, run, held, appendNumber, lostInARow, bytes, lastAt }: KeptRun, before: Run): void {
    const { args: _beside, ...record } = run;
    this.#update.run(JSON.stringify(record), held ? 1 : 0, appendNumber, lostInARow, bytes, lastAt, number);
    // A separate statement, used rarely: the state is in an index.
    if (run.state === before.state) return;
    if (run.endedAt === undefined) this.#setState.run(run.state, lastAt, number);
    else this.#setEnd.run(run.state, run.endedAt, number);
  }
}

/** Throws `internal` for a damaged row. */
export function runFromRow({ record, args }: Pick<Row, "record" | "args">, id: string): Run {
  try {
    const run = JSON.parse(record) as Omit<Run, "args"> | null;
    if (run?.id !== id || args === null) throw new SyntaxError("It is not whole.");
    return deepFrozen({ ...run, args: JSON.parse(args) as JsonObject });
  } catch (error) {
    throw new DeepaasError("internal", `The record of run ${id} is damaged.`, { cause: error });
  }
}
