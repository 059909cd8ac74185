// Which processes hold the store: several with `Holder.shared`, otherwise the one that opened it last.
import { isTerminal } from "@deepaas/core";
import { entryAfterCrash, type Holder } from "@deepaas/core/ports";
import type { Database, Queries } from "./database.ts";
import { keyText, textOfKey } from "./key-text.ts";
import { keptRunFrom, type RunRow, runColumns } from "./run-row.ts";
import { lockedRun } from "./run-statements.ts";
import type { RunWriter } from "./run-writer.ts";

/** Not the name of a node: a holder that does not share the store. */
const alone = "";

export interface LeftRun {
  readonly runId: string;
  readonly model: string;
}

export interface TakenOver {
  readonly epoch: number;
  readonly left: readonly LeftRun[];
  /** Runs that have a new event. */
  readonly changed: readonly string[];
}

interface HolderRow {
  readonly epoch: number;
  readonly inline: boolean;
}

/** Supersedes the holder of the same name, or all if one of the two does not share the store, and ends what they held. */
export function takeOver(database: Database, writer: RunWriter, holder: Holder): Promise<TakenOver> {
  const { schema } = database;
  const name = holder.shared ? keyText(holder.id) : alone;
  return database.transaction(
    `BEGIN; SELECT pg_advisory_xact_lock(${database.lockKey("holders")})`,
    async (queries): Promise<TakenOver> => {
      const dead = await queries.rows<HolderRow>(
        `DELETE FROM ${schema}.holders WHERE $1 = '${alone}' OR name IN ($1, '${alone}') RETURNING epoch, inline`,
        [name],
      );
      const [added] = await queries.rows<{ epoch: number }>(
        `INSERT INTO ${schema}.holders (epoch, name, inline, opened_at) VALUES (nextval('${schema}.epochs'), $1, $2, now())
         RETURNING epoch`,
        [name, holder.inline === true],
      );
      const changed = await endHeld(queries, { schema, writer, dead });
      const left = holder.shared ? [] : await leftRuns(queries, schema);
      return { epoch: (added as { epoch: number }).epoch, left, changed };
    },
  );
}

/** The queued and lost runs, oldest first. */
async function leftRuns(queries: Queries, schema: string): Promise<readonly LeftRun[]> {
  const sql = `SELECT id, model FROM ${schema}.runs WHERE state IN ('queued', 'lost') ORDER BY number`;
  const rows = await queries.rows<{ id: string; model: string }>(sql);
  return rows.map(({ id, model }) => ({ runId: textOfKey(id), model: textOfKey(model) }));
}

interface Ended {
  readonly schema: string;
  readonly writer: RunWriter;
  readonly dead: readonly HolderRow[];
}

async function endHeld(queries: Queries, { schema, writer, dead }: Ended): Promise<readonly string[]> {
  const sql = `SELECT id FROM ${schema}.runs WHERE holder = ANY($1::bigint[]) ORDER BY number`;
  const held = await queries.rows<{ id: string }>(sql, [dead.map(({ epoch }) => epoch)]);
  const changed: string[] = [];
  for (const { id } of held) {
    const [row] = await queries.rows<RunRow>(lockedRun(schema, runColumns), [id]);
    const by = dead.find(({ epoch }) => epoch === row?.holder);
    // Between the two statements it has ended, or was claimed again.
    if (!row || !by) continue;
    const kept = keptRunFrom(row);
    if (isTerminal(kept.run.state)) continue;
    await writer.record({ queries, freed: [] }, kept, { entries: [entryAfterCrash(kept.run, by.inline)] });
    changed.push(kept.run.id);
  }
  return changed;
}
