// 16 trainings report to PostgreSQL, one report at a time each: appends per second.
import { startPostgres } from "@deepaas/conformance/servers";
import { postgresStore } from "@deepaas/postgres";
import { Pool } from "pg";
import type { BenchCase } from "../bench-case.ts";
import { report, startRun } from "../filled-store.ts";

const writers = 16;
const appends = 150;
const connections = 10;
const runs = Array.from({ length: writers }, (_, i) => `run${i}`);

type Append = (runId: string, n: number) => Promise<unknown>;

async function perSecond(append: Append): Promise<number> {
  const write = (from: number, to: number) =>
    Promise.all(
      runs.map(async (id) => {
        for (let n = from; n <= to; n++) await append(id, n);
      }),
    );
  await write(1, 30);
  const startedAt = performance.now();
  await write(31, 30 + appends);
  return (writers * appends * 1000) / (performance.now() - startedAt);
}

/** Both sides have the tables of the store, with the same runs. */
async function openStore(url: string) {
  const store = postgresStore({ url, connections });
  await store.open({ id: "bench", shared: true });
  for (const id of runs) await startRun(store, id);
  return store;
}

const statement = `WITH changed AS (
    UPDATE deepaas.runs SET record = $1, metrics = $2, state = $3, append_number = $4, last_seq = $5, last_at = $6, bytes = bytes + $7
    WHERE number = $8 AND last_seq = $9 AND append_number = $10 AND attempt = 1 AND state = $3
    RETURNING number
  )
  INSERT INTO deepaas.log (run, first, last, at, body)
  SELECT number, rows.* FROM changed, (VALUES ($5::int, $5::int, $6, $11)) AS rows`;

export default {
  name: "postgres-appends",
  against: "a bare loop of pg with the same statement",
  goal: { atLeast: 0.6 },
  rounds: 5,

  async baseline() {
    await using server = await startPostgres();
    await (await openStore(server.url)).close();
    const pool = new Pool({ connectionString: server.url, max: connections });
    const { rows } = await pool.query<{ id: string; number: string }>("SELECT id, number FROM deepaas.runs");
    const numbers = new Map(rows.map(({ id, number }) => [id, number]));
    const figure = await perSecond(async (id, n) => {
      const { fact } = report(n);
      const at = new Date().toISOString();
      const { metrics, ...progress } = fact as Extract<typeof fact, { readonly type: "progress" }>;
      const record = {
        id,
        model: "m",
        state: "running",
        attempt: 1,
        createdAt: at,
        startedAt: at,
        firstSeq: 1,
        lastSeq: n + 2,
      };
      const texts = [JSON.stringify({ ...record, artifacts: [], progress }), JSON.stringify(metrics)];
      const body = JSON.stringify([fact]);
      await pool.query(statement, [
        ...texts,
        "running",
        n,
        n + 2,
        at,
        body.length,
        numbers.get(id),
        n + 1,
        n - 1,
        body,
      ]);
    });
    await pool.end();
    return figure;
  },

  async subject() {
    await using server = await startPostgres();
    const store = await openStore(server.url);
    const figure = await perSecond((id, n) => store.append(id, [report(n)], { attempt: 1, appendNumber: n }));
    await store.close();
    return figure;
  },
} satisfies BenchCase;
