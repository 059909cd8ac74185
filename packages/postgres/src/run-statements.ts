// Writes the row of a run and the rows of its log: one statement for an append.
import type { RunEvent } from "@deepaas/core";
import type { WrittenChunk } from "@deepaas/core/ports";
import { keyText } from "./key-text.ts";
import { type KeptRun, recordTexts } from "./run-row.ts";

/** What an append changes. */
export interface RunChange {
  readonly before: KeptRun;
  readonly after: KeptRun;
  readonly written: readonly WrittenChunk[];
  /** Bytes of what is kept beside the log, that came or went. */
  readonly grown: number;
}

export interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/**
 * Changes the row only if it is as remembered: a run whose `last_seq` and `append_number` are the same has not changed, because
 * every other append has events. Affects no row otherwise.
 */
export function changeStatement(schema: string, { before, after, written, grown }: RunChange): Statement {
  const { run, holder, appendNumber, lostInARow, lastAt, number } = after;
  const { record, metrics } = recordTexts(run);
  const isTrimmed = run.firstSeq > before.run.firstSeq;
  const isEnd = run.endedAt !== undefined && before.run.endedAt === undefined;
  const logBytes = written.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
  const values: unknown[] = [
    ...[record, metrics, run.state, run.attempt, holder, appendNumber, lostInARow, run.firstSeq, run.lastSeq],
    ...[lastAt, grown + logBytes, run.endedAt ?? null],
    ...[number, before.run.lastSeq, before.appendNumber, before.run.attempt, before.run.state],
  ];
  const rows = written.map(({ chunk, body }) => {
    const { seq: first, at } = chunk.events[0] as RunEvent;
    values.push(first, chunk.last, at, body);
    const [a, b, c, d] = [3, 2, 1, 0].map((back) => `$${values.length - back}`);
    return `(${a}::int, ${b}::int, ${c}, ${d})`;
  });
  const old = `SELECT coalesce(sum(octet_length(body)), 0) FROM ${schema}.log WHERE run = $13 AND last < $8`;
  const sql = `WITH ${isTrimmed ? `old AS (${old}), ` : ""}changed AS (
    UPDATE ${schema}.runs SET record = $1, metrics = $2, state = $3, attempt = $4, holder = $5, append_number = $6,
      lost_in_a_row = $7, first_seq = $8, last_seq = $9, last_at = $10, ended_at = $12,
      state_at = CASE WHEN state = $3 THEN state_at ELSE $10 END,
      bytes = bytes + $11${isTrimmed ? " - (TABLE old)" : ""}${isEnd ? `, ended_no = nextval('${schema}.ends')` : ""}
    WHERE number = $13 AND last_seq = $14 AND append_number = $15 AND attempt = $16 AND state = $17
    RETURNING number
  )${isTrimmed ? `, trimmed AS (DELETE FROM ${schema}.log WHERE run = (SELECT number FROM changed) AND last < $8)` : ""}
  ${
    rows.length === 0
      ? "SELECT number FROM changed"
      : `INSERT INTO ${schema}.log (run, first, last, at, body)
    SELECT number, rows.* FROM changed, (VALUES ${rows.join(", ")}) AS rows`
  }`;
  return { sql, values };
}

/** Creates a run whose number is not known, with its first event. Affects no row if there is a run with this id. */
export function createStatement(schema: string, { kept, written, args, files, secrets }: CreatedRun): Statement {
  const { run, fingerprint, lastAt } = kept;
  const { record } = recordTexts(run);
  const [{ chunk, body }] = written as readonly [WrittenChunk];
  const bytes = Buffer.byteLength(args) + Buffer.byteLength(body) + files.bytes;
  const sql = `WITH created AS (
    INSERT INTO ${schema}.runs (id, model, owner, fingerprint, state, created_at, state_at, last_at, attempt, append_number,
      lost_in_a_row, first_seq, last_seq, bytes, record)
    VALUES ($1, $2, $3, $4, 'queued', $5, $5, $6, 0, 0, 0, 1, $7, $8, $9) ON CONFLICT (id) DO NOTHING RETURNING number
  ), kept_args AS (
    INSERT INTO ${schema}.args (run, args, files, secrets) SELECT number, $10, $11, $12::bytea FROM created
  ), logged AS (
    INSERT INTO ${schema}.log (run, first, last, at, body) SELECT number, 1, $7, $6, $13 FROM created
  )
  SELECT number FROM created`;
  const owner = run.owner === undefined ? null : keyText(run.owner);
  const values = [
    ...[
      keyText(run.id),
      keyText(run.model),
      owner,
      keyText(fingerprint),
      run.createdAt,
      lastAt,
      chunk.last,
      bytes,
      record,
    ],
    ...[args, files.text, secrets, body],
  ];
  return { sql, values };
}

export interface CreatedRun {
  readonly kept: Omit<KeptRun, "number">;
  readonly written: readonly WrittenChunk[];
  readonly args: string;
  readonly files: { readonly text: string; readonly bytes: number };
  readonly secrets: Buffer | null;
}

/** The columns of a run by its id, for update. */
export function lockedRun(schema: string, columns: string): string {
  return `SELECT ${columns} FROM ${schema}.runs JOIN ${schema}.args ON run = number WHERE id = $1 FOR UPDATE OF runs`;
}
