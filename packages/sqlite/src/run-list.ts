// Pages of runs with a filter, in the order of their creation or of a metric.
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { Page, Run, RunFilter, RunSelection } from "@deepaas/core";
import { cursorAfter, placeOfCursor, type RunPlace } from "@deepaas/core/ports";
import { runFromRow } from "./run-table.ts";

const defaultLimit = 100;

interface Condition {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

interface ListedRow {
  readonly number: number;
  readonly id: string;
  readonly record: string;
  readonly args: string;
  readonly value: number | null;
}

/**
 * The last value of a metric, by its name as `key`, so that no name has to be quoted for a path. Null for a run without it, for
 * NaN, and for a record that is damaged.
 */
const metricOfRecord = `(
  SELECT CASE
    WHEN type IN ('integer', 'real') THEN CAST(value AS REAL)
    WHEN value = 'Infinity' THEN 9e999
    WHEN value = '-Infinity' THEN -9e999
  END
  FROM json_each(CASE WHEN json_valid(record) THEN record ELSE '{}' END, '$.progress.metrics') WHERE key = ?
)`;

/** Leaves out runs whose row is damaged. Throws `invalid_args` for an invalid cursor. */
export function listRuns(db: DatabaseSync, filter: RunFilter): Page<Run> {
  const { limit = defaultLimit, newestFirst = false, orderByMetric, descending = false } = filter;
  const start = placeOfCursor(filter);
  const selected = conditionsFrom(filter);
  const after = start ? [startAfter(start, { newestFirst, descending })] : [];
  const order = `value IS NULL, value ${descending ? "DESC" : "ASC"}, number ${newestFirst ? "DESC" : "ASC"}`;
  // Only numbers and values are sorted, not the records. One more row than requested shows whether there is a next page.
  const sql =
    orderByMetric === undefined
      ? `SELECT number, id, record, args, NULL AS value FROM runs JOIN args ON run = number
         ${where([...selected, ...after])} ORDER BY number ${newestFirst ? "DESC" : "ASC"} LIMIT ?`
      : `WITH valued AS MATERIALIZED (SELECT number, ${metricOfRecord} AS value
             FROM runs JOIN args ON run = number ${where(selected)}),
           page AS MATERIALIZED (SELECT * FROM valued ${where(after)} ORDER BY ${order} LIMIT ?)
         SELECT number, id, record, args, value FROM page JOIN runs USING (number) JOIN args ON run = number
         ORDER BY ${order}`;
  const values = [...selected, ...after].flatMap((condition) => condition.values);
  const name = orderByMetric === undefined ? [] : [orderByMetric];
  const rows = db.prepare(sql).all(...name, ...values, limit + 1) as unknown as ListedRow[];
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { items: page.flatMap(readable), next: rows.length > limit && last ? cursorAfter(filter, last) : null };
}

function where(conditions: readonly Condition[]): string {
  return conditions.length > 0 ? `WHERE ${conditions.map(({ sql }) => sql).join(" AND ")}` : "";
}

function startAfter({ number, value }: RunPlace, order: { newestFirst: boolean; descending: boolean }): Condition {
  const later = `number ${order.newestFirst ? "<" : ">"} ?`;
  if (value === null) return { sql: `value IS NULL AND ${later}`, values: [number] };
  const further = `value ${order.descending ? "<" : ">"} ?`;
  return { sql: `(${further} OR (value = ? AND ${later}) OR value IS NULL)`, values: [value, value, number] };
}

function readable(row: ListedRow): readonly Run[] {
  try {
    return [runFromRow(row, row.id)];
  } catch {
    // A damaged row must not fail the page. A request for this run reports the damage.
    return [];
  }
}

function conditionsFrom(filter: RunFilter): Condition[] {
  const { anyOf, state, createdSince, createdBefore } = filter;
  const conditions = selectedBy(filter);
  if (anyOf !== undefined) {
    const alternatives = anyOf.map(selectedBy);
    const sql = alternatives.map((all) => (all.length === 0 ? "TRUE" : all.map((one) => one.sql).join(" AND ")));
    conditions.push({
      sql: `(${sql.join(" OR ") || "FALSE"})`,
      values: alternatives.flat().flatMap(({ values }) => values),
    });
  }
  if (state !== undefined) {
    const states = [state].flat();
    conditions.push({ sql: `state IN (${states.map(() => "?").join(", ")})`, values: states });
  }
  if (createdSince !== undefined) conditions.push({ sql: "created_at >= ?", values: [createdSince] });
  if (createdBefore !== undefined) conditions.push({ sql: "created_at < ?", values: [createdBefore] });
  return conditions;
}

function selectedBy({ model, owner }: RunSelection): Condition[] {
  return Object.entries({ model, owner }).flatMap(([column, texts]): Condition[] => {
    if (texts === undefined) return [];
    if (typeof texts === "string") return [{ sql: `${column} = ?`, values: [texts] }];
    // One parameter, however long the list is.
    return [{ sql: `${column} IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(texts)] }];
  });
}
