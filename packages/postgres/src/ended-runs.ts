// Selects the ended runs to remove. `ended_no` is their order; the clock, which may go back, only their age.
import type { Retention } from "@deepaas/core/ports";
import type { Statement } from "./run-statements.ts";

const dayMs = 86_400_000;
/** Numbers selected at once. */
const atOnce = 100;

/** Selects the numbers of the runs that ended first and are beyond the limits. */
export function runsBeyond(schema: string, { keepRuns, keepDays, maxBytes }: Retention): Statement {
  const isLimited = (limit: number | undefined) => limit !== undefined && limit < Number.MAX_SAFE_INTEGER;
  // `newer` and `in_all` count a run and all that ended after it.
  const sql = `SELECT number FROM (
      SELECT number, ended_at, row_number() OVER later AS newer, sum(bytes) OVER (later ROWS UNBOUNDED PRECEDING) AS in_all
      FROM ${schema}.runs WHERE ended_no IS NOT NULL WINDOW later AS (ORDER BY ended_no DESC)
    ) AS ended
    WHERE newer > $1::bigint OR (in_all > $2::bigint AND newer > 1) OR ended_at < $3
    ORDER BY newer DESC LIMIT ${atOnce}`;
  const values = [isLimited(keepRuns) ? keepRuns : null, isLimited(maxBytes) ? maxBytes : null, sinceDays(keepDays)];
  return { sql, values };
}

/** Null if the time is out of range of a Date. */
function sinceDays(days: number | undefined): string | null {
  const since = days === undefined ? 0 : Date.now() - days * dayMs;
  return since > 0 ? new Date(since).toISOString() : null;
}
