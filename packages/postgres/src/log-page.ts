// Reads a part of a log, with its range, in one statement.
import { type EventChunk, eventsFromBody, maxEventsInChunk } from "@deepaas/core/ports";
import type { Database } from "./database.ts";
import { keyText } from "./key-text.ts";

export interface LogPage {
  /** Of the run. */
  readonly number: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** The rows with the events that were asked for, whole. */
  readonly chunks: readonly EventChunk[];
}

interface LogRow {
  readonly number: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly last: number | null;
  readonly at: string;
  readonly body: string;
}

/** Of a 32-bit column, with space for the sums below. */
const maxSeq = 2 ** 30;

/** Returns undefined if the run does not exist. */
export async function readLogPage(
  database: Database,
  runId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<LogPage | undefined> {
  const { schema } = database;
  const start = Math.min(after, maxSeq);
  const end = start + Math.min(Math.max(limit, 0), maxSeq - maxEventsInChunk);
  const rows = await database.read<LogRow>(
    `SELECT number, first_seq, last_seq, last, at, body FROM ${schema}.runs
       LEFT JOIN ${schema}.log ON run = number AND last > $2::int AND last < $3::int + ${maxEventsInChunk} AND first <= $3::int
     WHERE id = $1 ORDER BY last`,
    [keyText(runId), start, end],
  );
  const [row] = rows;
  if (!row) return undefined;
  const chunks = rows.flatMap(({ last, at, body }): EventChunk[] =>
    last === null ? [] : [{ last, events: eventsFromBody(body, last, at), bytes: body.length }],
  );
  return { number: row.number, firstSeq: row.first_seq, lastSeq: row.last_seq, chunks };
}
