// Pages of runs with a filter, in the order of their creation or of a metric.
import type { Page, Run, RunFilter, RunSelection } from "@deepaas/core";
import { cursorAfter, placeOfCursor, type RunPlace } from "@deepaas/core/ports";
import { keyText } from "./key-text.ts";
import { type RecordRow, recordColumns, runFrom } from "./run-row.ts";
import type { Statement } from "./run-statements.ts";

const defaultLimit = 100;

interface ListedRow extends RecordRow, RunPlace {}

/** Throws `invalid_args` for an invalid cursor. */
export function listStatement(schema: string, filter: RunFilter): Statement {
  const { limit = defaultLimit, newestFirst = false, orderByMetric, descending = false } = filter;
  const start = placeOfCursor(filter);
  const parameters = new Parameters();
  const metric = orderByMetric === undefined ? undefined : parameters.add(keyText(orderByMetric));
  const selected = where(conditionsFrom(filter, parameters));
  const after = where(start ? [startAfter(start, { newestFirst, descending, parameters })] : []);
  // One more row than requested shows whether there is a next page.
  const rows = parameters.add(limit + 1);
  const byNumber = `number ${newestFirst ? "DESC" : "ASC"}`;
  const order = metric === undefined ? byNumber : `value IS NULL, value ${descending ? "DESC" : "ASC"}, ${byNumber}`;
  // Only numbers and values are sorted, not the records.
  const sql = `WITH valued AS (SELECT number, ${lastValue(metric)} AS value FROM ${schema}.runs ${selected}),
      page AS (SELECT * FROM valued ${after} ORDER BY ${order} LIMIT ${rows})
    SELECT number, value, ${recordColumns} FROM page JOIN ${schema}.runs USING (number) JOIN ${schema}.args ON run = number
    ORDER BY ${order}`;
  return { sql, values: parameters.values };
}

export function pageFrom(filter: RunFilter, rows: readonly ListedRow[]): Page<Run> {
  const { limit = defaultLimit } = filter;
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { items: page.map(runFrom), next: rows.length > limit && last ? cursorAfter(filter, last) : null };
}

class Parameters {
  readonly values: unknown[] = [];

  add(value: unknown): string {
    return `$${this.values.push(value)}`;
  }
}

/** NaN counts as no value. */
function lastValue(metric: string | undefined): string {
  return metric === undefined ? "NULL::float8" : `nullif((metrics ->> ${metric})::float8, 'NaN')`;
}

function where(conditions: readonly string[]): string {
  return conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "";
}

interface Order {
  readonly newestFirst: boolean;
  readonly descending: boolean;
  readonly parameters: Parameters;
}

function startAfter({ number, value }: RunPlace, { newestFirst, descending, parameters }: Order): string {
  const later = `number ${newestFirst ? "<" : ">"} ${parameters.add(number)}`;
  if (value === null) return `(value IS NULL AND ${later})`;
  const start = `${parameters.add(value)}::float8`;
  return `(value ${descending ? "<" : ">"} ${start} OR (value = ${start} AND ${later}) OR value IS NULL)`;
}

function conditionsFrom(filter: RunFilter, parameters: Parameters): string[] {
  const { anyOf, state, createdSince, createdBefore } = filter;
  const conditions = selectedBy(filter, parameters);
  if (anyOf !== undefined) {
    const alternatives = anyOf.map((one) => selectedBy(one, parameters).join(" AND ") || "TRUE");
    conditions.push(`(${alternatives.join(" OR ") || "FALSE"})`);
  }
  if (state !== undefined) conditions.push(`state = ANY(${parameters.add([state].flat())})`);
  if (createdSince !== undefined) conditions.push(`created_at >= ${parameters.add(createdSince)}`);
  if (createdBefore !== undefined) conditions.push(`created_at < ${parameters.add(createdBefore)}`);
  return conditions;
}

function selectedBy({ model, owner }: RunSelection, parameters: Parameters): string[] {
  return Object.entries({ model, owner }).flatMap(([column, texts]) =>
    texts === undefined ? [] : [`${column} = ANY(${parameters.add([texts].flat().map(keyText))})`],
  );
}
