// The size of the tables and the number of runs, for `ModelService.stats`.
import { isTerminal, type RunState } from "@deepaas/core";
import type { StoredStats } from "@deepaas/core/ports";
import type { Queries } from "./database.ts";
import { textOfKey } from "./key-text.ts";

interface CountRow {
  readonly model: string;
  readonly state: RunState;
  readonly count: number;
  readonly since: string;
  /** Null for an ended run. */
  readonly last_event_at: string | null;
}

export async function storeStats(queries: Queries, schema: string): Promise<StoredStats> {
  const [size] = await queries.rows<{ bytes: number }>(
    `SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint AS bytes FROM pg_class
     WHERE relnamespace = to_regnamespace($1) AND relkind = 'r'`,
    [schema],
  );
  // The counts are of an index alone. The last events are in no index, which would be written with each report; few runs have not ended.
  const counts = await queries.rows<CountRow>(
    `WITH counts AS (SELECT model, state, count(*) AS count, min(state_at) AS since FROM ${schema}.runs GROUP BY model, state),
       going_on AS (SELECT model, state, min(last_at) AS last_event_at FROM ${schema}.runs
         WHERE state IN ('queued', 'running', 'stopping', 'lost') GROUP BY model, state)
     SELECT model, state, count, since, last_event_at FROM counts LEFT JOIN going_on USING (model, state)`,
    [],
  );
  return {
    kind: "postgres",
    ...(size && { bytes: size.bytes }),
    runs: counts.map(({ model, state, count, since, last_event_at: lastEventAt }) => ({
      model: textOfKey(model),
      state,
      count,
      ...(!isTerminal(state) && { since, lastEventAt: lastEventAt ?? since }),
    })),
  };
}
