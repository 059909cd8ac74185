// Pages of runs in the order of their creation, with a filter.
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { invalidArgs, type Page, type Run, type RunFilter } from "@deepaas/core";
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
}

/** Leaves out runs whose row is damaged. Throws `invalid_args` for an invalid cursor. */
export function listRuns(db: DatabaseSync, filter: RunFilter): Page<Run> {
  const { limit = defaultLimit, newestFirst = false } = filter;
  const conditions = conditionsFrom(filter);
  const where = conditions.length > 0 ? `WHERE ${conditions.map(({ sql }) => sql).join(" AND ")}` : "";
  const values = conditions.flatMap((condition) => condition.values);
  // One more row than requested shows whether there is a next page.
  const rows = db
    .prepare(
      `SELECT number, id, record, args FROM runs JOIN args ON run = number ${where}
       ORDER BY number ${newestFirst ? "DESC" : "ASC"} LIMIT ?`,
    )
    .all(...values, limit + 1) as unknown as ListedRow[];
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { items: page.flatMap(readable), next: rows.length > limit && last ? String(last.number) : null };
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
  const { model, owner, state, createdSince, createdBefore, after, newestFirst } = filter;
  const conditions: Condition[] = [];
  if (after !== undefined) {
    if (!/^\d{1,15}$/.test(after)) throw invalidArgs("/after", "cursor", "Must be the next of an earlier page.");
    conditions.push({ sql: newestFirst ? "number < ?" : "number > ?", values: [Number(after)] });
  }
  if (model !== undefined) conditions.push({ sql: "model = ?", values: [model] });
  if (owner !== undefined) conditions.push({ sql: "owner = ?", values: [owner] });
  if (state !== undefined) {
    const states = [state].flat();
    conditions.push({ sql: `state IN (${states.map(() => "?").join(", ")})`, values: states });
  }
  if (createdSince !== undefined) conditions.push({ sql: "created_at >= ?", values: [createdSince] });
  if (createdBefore !== undefined) conditions.push({ sql: "created_at < ?", values: [createdBefore] });
  return conditions;
}
