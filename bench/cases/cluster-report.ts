// 20 reports per second of a training on one node, seen by a watcher of another node.
import { startPostgres } from "@deepaas/conformance/servers";
import { Client } from "pg";
import type { BenchCase, Measured } from "../bench-case.ts";
import { clientOf, measuredCluster, percentile, type Queue, startReporter } from "../cluster.ts";

const warmUp = 20;
const reports = 200;
const everyMs = 50;

const now = () => performance.timeOrigin + performance.now();

/** `latencies`: milliseconds, oldest first. */
function measured(latencies: readonly number[]): Measured {
  const samples = latencies.slice(warmUp);
  return { figure: percentile(samples, 0.5), also: { "ms p99": percentile(samples, 0.99) } };
}

async function betweenNodes(queue: Queue): Promise<Measured> {
  await using cluster = await measuredCluster({ queue });
  const [watching] = await Promise.all([
    cluster.start({ id: "a", role: "serve" }),
    cluster.start({ id: "b", role: "train" }),
  ]);
  using service = clientOf(watching);
  const id = await startReporter(service, warmUp + reports, everyMs);
  const latencies: number[] = [];
  for await (const event of service.watch(id)) {
    if (event.type === "progress") latencies.push(now() - Number(event.message));
    if (latencies.length === warmUp + reports) break;
  }
  return measured(latencies);
}

export default {
  name: "cluster-report",
  against: "an insert with pg_notify, read by a connection that listens",
  goal: { atMost: 5 },
  rounds: 5,

  async baseline() {
    await using server = await startPostgres();
    const [writer, reader] = [server.url, server.url].map((connectionString) => new Client({ connectionString }));
    if (!writer || !reader) throw new Error();
    await Promise.all([writer.connect(), reader.connect()]);
    await writer.query("CREATE TABLE log (seq integer PRIMARY KEY, body text)");
    await reader.query("LISTEN log");
    const latencies: number[] = [];
    const all = Promise.withResolvers<void>();
    const read = async () => {
      const { rows } = await reader.query<{ body: string }>("SELECT body FROM log WHERE seq > $1", [latencies.length]);
      for (const { body } of rows) latencies.push(now() - Number(body));
      if (latencies.length === warmUp + reports) all.resolve();
    };
    reader.on("notification", () => void read());
    for (let seq = 1; seq <= warmUp + reports; seq++) {
      await new Promise((resolve) => setTimeout(resolve, everyMs));
      await writer.query("INSERT INTO log VALUES ($1, $2)", [seq, String(now())]);
      await writer.query("SELECT pg_notify('log', '')");
    }
    await all.promise;
    await Promise.all([writer.end(), reader.end()]);
    return measured(latencies);
  },

  subject: () => betweenNodes("postgres"),
  beside: { redis: () => betweenNodes("redis") },
} satisfies BenchCase;
