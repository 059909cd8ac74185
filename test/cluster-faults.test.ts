// The servers that nodes share fail under 20 runs: PostgreSQL restarts or is silent, S3 refuses requests and is slow.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectWs } from "@deepaas/client";
import {
  faultProxy,
  type PostgresServer,
  postgresMissing,
  type RedisServer,
  redisMissing,
  s3Credentials,
  s3Missing,
  startPostgres,
  startRedis,
  startS3,
} from "@deepaas/conformance/servers";
import type { RunEvent } from "@deepaas/core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Cluster, type ClusterOptions, newCluster } from "./support/cluster-nodes.ts";
import { type ShakyProxy, shakyProxy } from "./support/shaky-proxy.ts";
import { type TempFolder, tempFolder } from "./support/temp-folder.ts";
import { attemptsOf, ToldEvents } from "./support/told-events.ts";

// The longest silence and its consequences take one and a half minutes. The tests run at the same time.
vi.setConfig({ testTimeout: 240_000 });

const runs = 20;
const hasAll = postgresMissing === undefined && redisMissing === undefined && s3Missing === undefined;

/** Reports and writes files until a file ends it. */
const model = `
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
export const predict = () => null;
export async function train(_, run) {
  let step = run.resumeFrom?.step ?? 0;
  const file = await run.resumeFrom?.file?.text();
  if (step > 0 && file !== "weights of " + step) throw new Error("The checkpoint has another file: " + file);
  for (step++; !existsSync(new URL("finish", import.meta.url)); step++) {
    run.signal.throwIfAborted();
    run.report({ step });
    if (step % 5 === 0) await run.checkpoint({ step, file: Buffer.from("weights of " + step) });
    await sleep(200);
  }
  await run.artifact("told.txt", Buffer.from("told by " + run.runId));
}`;

interface Story extends Pick<ClusterOptions, "store" | "queue" | "files" | "args" | "env"> {
  /** Called while all runs report. */
  readonly fault: () => Promise<void>;
}

/**
 * Two nodes execute 20 runs, which are watched on the node where they were not started, before, during and after the fault. Each
 * run must report again after it, and succeed. Returns the logs.
 */
async function surviveFault({ fault, ...shared }: Story): Promise<readonly (readonly RunEvent[])[]> {
  using folder = tempFolder({ "steps.mjs": model });
  await using cluster = stepsCluster(folder, { ...shared, leaseSeconds: 30 });
  const [a, b] = await Promise.all([cluster.start({ id: "a" }), cluster.start({ id: "b" })]);
  const [starting, watching] = [connectWs(a.url), connectWs(b.url)];
  try {
    const told = new ToldEvents();
    const ids = Array.from({ length: runs }, (_, i) => `steps-${i}`);
    const silent = new Set<string>();
    let onAll = () => {};
    const onEvent = (id: string, { type }: RunEvent) => {
      if (type === "progress" && silent.delete(id) && silent.size === 0) onAll();
    };
    for (const runId of ids) await starting.train("steps", {}, { runId });
    const watched = Promise.all(ids.map((id) => told.watch(watching, id, (event) => onEvent(id, event))));
    const ended = watched.then(() => Promise.reject(new Error("The runs have ended.")));
    ended.catch(() => {});
    const allReport = async () => {
      for (const id of ids) silent.add(id);
      const all = Promise.withResolvers<void>();
      onAll = all.resolve;
      await Promise.race([ended, all.promise]);
    };
    await allReport();
    await fault();
    await allReport();
    writeFileSync(join(folder.path, "finish"), "");
    await watched;
    const logs = [];
    for (const id of ids) {
      logs.push(await told.checkLog(starting, id));
      expect(await (await watching.artifact(id, "told.txt")).text()).toBe(`told by ${id}`);
    }
    for (const node of [a, b]) {
      node.signal("SIGTERM");
      expect(await node.ended).toMatchObject({ code: 0 });
    }
    return logs;
  } finally {
    starting.close();
    watching.close();
  }
}

function stepsCluster({ path }: TempFolder, { args = [], ...shared }: Omit<ClusterOptions, "models">): Cluster {
  const options = ["--shared-workers", "--train-workers", String(runs), "--log-level", "warn", ...args];
  return newCluster({ ...shared, models: [join(path, "steps.mjs")], args: options });
}

/** The URL of a database through the proxy. */
function through(network: ShakyProxy, database: string): string {
  const url = new URL(database);
  url.port = new URL(network.url).port;
  return url.href;
}

/** A network to PostgreSQL that passes nothing on for a time: also new connections get no answer. */
async function silentFor(ms: number, queue?: string): Promise<readonly (readonly RunEvent[])[]> {
  await using network = await shakyProxy(() => postgres.port);
  return await surviveFault({
    store: through(network, await postgres.createDatabase()),
    ...(queue !== undefined && { queue }),
    fault: async () => {
      network.silence();
      await sleep(ms);
      network.restore();
    },
  });
}

const lostEvents = (logs: readonly (readonly RunEvent[])[]) => logs.flat().filter(({ type }) => type === "lost");

let postgres: PostgresServer;
let redis: RedisServer;

describe.skipIf(!hasAll).concurrent("of two nodes (needs postgresql, redis-server and moto)", () => {
  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres({ max_connections: "300" }), startRedis()]);
  });
  afterAll(async () => {
    await Promise.all([postgres?.[Symbol.asyncDispose](), redis?.[Symbol.asyncDispose]()]);
  });

  test("PostgreSQL restarts: no run is lost", async () => {
    await using server = await startPostgres();
    const fault = async () => {
      await server.stop();
      await server.start();
    };
    expect(lostEvents(await surviveFault({ store: server.url, fault }))).toEqual([]);
  });

  test("PostgreSQL restarts, with a queue in Redis: no run is lost", async () => {
    await using server = await startPostgres();
    const fault = async () => {
      await server.stop();
      await server.start();
    };
    expect(lostEvents(await surviveFault({ store: server.url, queue: redis.url, fault }))).toEqual([]);
  });

  test("PostgreSQL is silent for 10 s: no run is lost", async () => {
    expect(lostEvents(await silentFor(10_000))).toEqual([]);
  });

  test("PostgreSQL is silent for 60 s: each run goes on from its checkpoint", async () => {
    const logs = await silentFor(60_000);
    expect(logs.map(attemptsOf).filter((attempts) => attempts < 2)).toEqual([]);
  });

  test("PostgreSQL is silent for 60 s, with a queue in Redis: each run goes on from its checkpoint", async () => {
    const logs = await silentFor(60_000, `${redis.url}/1`);
    expect(logs.map(attemptsOf).filter((attempts) => attempts < 2)).toEqual([]);
  });

  test("PostgreSQL is silent for a node that is told to end: it ends, and its run goes on elsewhere", async () => {
    await using network = await shakyProxy(() => postgres.port);
    const store = await postgres.createDatabase();
    using folder = tempFolder({ "steps.mjs": model });
    await using cluster = stepsCluster(folder, { store, leaseSeconds: 3 });
    const a = await cluster.start({ id: "a", args: ["--store", through(network, store)] });
    using stack = new DisposableStack();
    const starting = stack.adopt(connectWs(a.url), (service) => service.close());
    await starting.train("steps", {}, { runId: "r" });
    for await (const { type } of starting.watch("r")) if (type === "checkpoint") break;
    const b = await cluster.start({ id: "b" });
    const watching = stack.adopt(connectWs(b.url), (service) => service.close());
    const told = new ToldEvents();
    const watched = told.watch(watching, "r");
    network.silence();
    a.signal("SIGTERM");
    expect(await a.ended).toMatchObject({ code: 0 });
    writeFileSync(join(folder.path, "finish"), "");
    await watched;
    expect(attemptsOf(await told.checkLog(watching, "r"))).toBe(2);
  });

  test("S3 refuses all requests for 5 s, and is slow then, while runs write checkpoints and artifacts: no run is lost", async () => {
    await using s3 = await startS3();
    await using proxy = await faultProxy(s3.endpoint);
    const bucket = await s3.newBucket();
    const logs = await surviveFault({
      store: await postgres.createDatabase(),
      files: `s3://${bucket}/files`,
      args: ["--s3-endpoint", proxy.endpoint],
      env: { AWS_ACCESS_KEY_ID: s3Credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: s3Credentials.secretAccessKey },
      fault: async () => {
        const body = "<Error><Code>SlowDown</Code></Error>";
        let refused = 0;
        proxy.fault = () => {
          refused++;
          return { answer: { status: 503, body } };
        };
        await sleep(5_000);
        expect(refused).toBeGreaterThan(runs);
        proxy.fault = () => ({ until: sleep(500) });
      },
    });
    expect(lostEvents(logs)).toEqual([]);
  });
});
