// A PostgreSQL, a queue and nodes of `deepaas run` for one measurement, and what is measured with them.
import { join } from "node:path";
import { type ConnectedWs, connectWs } from "@deepaas/client";
import { type PostgresServer, startPostgres, startRedis } from "@deepaas/conformance/servers";
import type { ModelService, RunEvent } from "@deepaas/core";
import { type Cluster, type ClusterNode, newCluster } from "../test/support/cluster-nodes.ts";

/** A model as `deepaas run` is told of it. */
export const reporterModel = `reporter=${join(import.meta.dirname, "worker-models/reporter.ts")}`;

export type Queue = "postgres" | "redis";

export interface MeasuredCluster extends AsyncDisposable {
  readonly database: PostgresServer;
  readonly start: Cluster["start"];
}

export interface MeasuredClusterOptions {
  readonly queue?: Queue;
  readonly leaseSeconds?: number;
  /** Of `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Starts no node yet. */
export async function measuredCluster(options: MeasuredClusterOptions = {}): Promise<MeasuredCluster> {
  const { queue = "postgres", settings = {}, leaseSeconds = 30 } = options;
  await using servers = new AsyncDisposableStack();
  const database = servers.use(await startPostgres(settings));
  const redis = queue === "redis" ? servers.use(await startRedis()) : undefined;
  const cluster = servers.use(
    newCluster({
      models: [reporterModel],
      store: database.url,
      leaseSeconds,
      args: ["--shared-workers", "--log-level", "error"],
      ...(redis && { queue: redis.url }),
    }),
  );
  const all = servers.move();
  return { database, start: cluster.start, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Its socket is closed with `using`. */
export function clientOf({ url }: Pick<ClusterNode, "url">): ConnectedWs & Disposable {
  const service = connectWs(url);
  return Object.assign(service, { [Symbol.dispose]: () => service.close() });
}

/** Starts a run that makes these reports and then waits for its end. Returns its id. */
export async function startReporter(service: ModelService, reports = 0, everyMs = 0): Promise<string> {
  const { id } = await service.train("reporter", { reports, everyMs });
  return id;
}

/** Resolves with the time of the first event of this type. */
export async function timeOf(service: ModelService, runId: string, is: (event: RunEvent) => boolean): Promise<number> {
  for await (const event of service.watch(runId)) if (is(event)) return performance.now();
  throw new Error("The run has ended without this event.");
}

export const isCheckpoint = ({ type }: RunEvent): boolean => type === "checkpoint";

export function percentile(samples: readonly number[], share: number): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length * share)] as number;
}
