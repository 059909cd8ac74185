// 500 watchers of one run on three nodes: the statements of a node for each event, beyond those that it has without watchers.
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { WebSocket } from "ws";
import type { BenchCase, Measured } from "../bench-case.ts";
import { clientOf, measuredCluster, startReporter } from "../cluster.ts";

const names = ["a", "b", "c"];
const reports = 300;
const everyMs = 50;
/** After `queued`, `started` and the checkpoint. */
const lastSeq = 3 + reports;

/** Returns the statements of the node that has most of them. */
async function statementsPerEvent(watchers: number): Promise<Measured> {
  await using cluster = await measuredCluster({ settings: { shared_preload_libraries: "pg_stat_statements" } });
  const { url } = cluster.database;
  const operator = new Client({ connectionString: url });
  await operator.connect();
  await operator.query("CREATE EXTENSION pg_stat_statements");
  const urls: string[] = [];
  for (const name of names) {
    // The statements and connections of a node are those of its user.
    await operator.query(`CREATE ROLE node_${name} SUPERUSER LOGIN`);
    const own = new URL(url);
    own.username = `node_${name}`;
    urls.push((await cluster.start({ id: name, args: ["--store", own.href] })).url);
  }
  using service = clientOf({ url: urls[0] as string });
  const id = await startReporter(service, reports, everyMs);
  const all = Array.from({ length: watchers }, (_, i) => watcher(urls[i % urls.length] as string, id));
  await Promise.all(all.map(({ began }) => began));
  const first = await seqOf(operator, id);
  await operator.query("SELECT pg_stat_statements_reset()");
  let connections = 0;
  for (let seq = first; seq < lastSeq; seq = await seqOf(operator, id)) {
    connections = Math.max(connections, await mostOf(operator, "pg_stat_activity", "count(*)", "usename"));
    await sleep(everyMs);
  }
  await Promise.all(all.map(({ ended }) => ended));
  const from = "pg_stat_statements JOIN pg_user ON usesysid = userid";
  const statements = await mostOf(operator, from, "sum(calls)", "usename");
  await operator.end();
  return { figure: statements / (lastSeq - first), also: { connections } };
}

interface Watcher {
  /** Resolves with the first event. */
  readonly began: Promise<void>;
  /** Resolves with the last report. Rejects if an event is missing or comes twice. */
  readonly ended: Promise<void>;
}

function watcher(url: string, id: string): Watcher {
  const socket = new WebSocket(`${url.replace("http", "ws")}/v2/runs/${id}/events`);
  const [began, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let expected = 1;
  socket.on("error", ended.reject);
  socket.on("close", () => ended.reject(new Error("The server has closed the connection.")));
  socket.on("message", (data: Buffer) => {
    const { seq } = JSON.parse(data.toString()) as { readonly seq: number };
    if (seq !== expected++) ended.reject(new Error(`Event ${seq} came as number ${expected - 1}.`));
    began.resolve();
    if (seq !== lastSeq) return;
    ended.resolve();
    socket.close();
  });
  return { began: Promise.race([began.promise, ended.promise]), ended: ended.promise };
}

async function seqOf(operator: Client, id: string): Promise<number> {
  const { rows } = await operator.query<{ seq: number }>("SELECT last_seq AS seq FROM deepaas.runs WHERE id = $1", [
    id,
  ]);
  return rows[0]?.seq ?? 0;
}

/** Returns the largest value of a node. */
async function mostOf(operator: Client, from: string, what: string, user: string): Promise<number> {
  const sql = `SELECT ${what}::int AS number FROM ${from} WHERE ${user} LIKE 'node%' GROUP BY ${user} ORDER BY 1 DESC LIMIT 1`;
  const { rows } = await operator.query<{ number: number }>(sql);
  return rows[0]?.number ?? 0;
}

export default {
  name: "cluster-watchers",
  against: "the same without watchers",
  goal: { atMost: 2 },
  unit: "statements per event and node",
  figure: (subject, baseline) => subject - baseline,
  /** As docs/cluster.md says: 11 for the runs, and 3 for the queue of a model. */
  alsoAtMost: { connections: 14 },
  rounds: 3,
  baseline: () => statementsPerEvent(0),
  subject: () => statementsPerEvent(500),
} satisfies BenchCase;
