// Selects the ended runs to remove. `ended_no` is their order; the clock, which may go back, only their age.
import type { DatabaseSync } from "node:sqlite";
import type { Retention } from "@deepaas/core/ports";

const dayMs = 86_400_000;
/** Runs removed in one transaction; the rest follows in the next turn. */
const atOnce = 100;

export class EndedRuns {
  readonly #held;
  readonly #beyond;

  constructor(db: DatabaseSync) {
    this.#held = db.prepare(
      "SELECT count(*) AS runs, total(bytes) AS bytes, min(ended_at) AS oldest FROM runs WHERE ended_no IS NOT NULL",
    );
    // `newer` and `in_all` count a run and all that ended after it.
    this.#beyond = db.prepare(`
      SELECT number FROM (
        SELECT number, ended_at,
          row_number() OVER later AS newer,
          sum(bytes) OVER (later ROWS UNBOUNDED PRECEDING) AS in_all
        FROM runs WHERE ended_no IS NOT NULL WINDOW later AS (ORDER BY ended_no DESC)
      )
      WHERE newer > :keepRuns OR (in_all > :maxBytes AND newer > 1) OR ended_at < :since
      ORDER BY newer DESC LIMIT ${atOnce}`);
  }

  /** Returns the numbers of the runs that ended first, or none if all are within the limits. */
  beyond({ keepRuns, keepDays, maxBytes = Number.MAX_SAFE_INTEGER }: Retention): readonly number[] {
    const since = keepDays === undefined ? "" : sinceDays(keepDays);
    const { runs, bytes, oldest } = this.#held.get() as { runs: number; bytes: number; oldest: string | null };
    if (runs <= keepRuns && bytes <= maxBytes && (oldest === null || oldest >= since)) return [];
    const limits = {
      keepRuns: Math.min(keepRuns, Number.MAX_SAFE_INTEGER),
      maxBytes: Math.min(maxBytes, Number.MAX_SAFE_INTEGER),
      since,
    };
    return this.#beyond.all(limits).map(({ number }) => number as number);
  }
}

/** Empty, which is before all times, if the time is out of range of a Date. */
function sinceDays(days: number): string {
  const since = Date.now() - days * dayMs;
  return since > 0 ? new Date(since).toISOString() : "";
}
