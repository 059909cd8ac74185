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
import { newCluster } from "./support/cluster-nodes.ts";
import { shakyProxy } from "./support/shaky-proxy.ts";
import { tempFolder } from "./support/temp-folder.ts";
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

interface Story {
  readonly store: string;
  /** Default: `store`. */
  readonly queue?: string;
  /** Default: a folder. */
  readonly files?: string;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Called while all runs report. */
  readonly fault: () => Promise<void>;
}

/**
 * Two nodes execute 20 runs, which are watched on the node where they were not started, before, during and after the fault. Each
 * run must report again after it, and succeed. Returns the logs.
 */
async function surviveFault({ fault, args = [], ...shared }: Story): Promise<readonly (readonly RunEvent[])[]> {
  using folder = tempFolder({ "steps.mjs": model });
  const models = [join(folder.path, "steps.mjs")];
  const options = ["--shared-workers", "--train-workers", String(runs), "--log-level", "warn", ...args];
  await using cluster = newCluster({ ...shared, models, leaseSeconds: 30, args: options });
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

/** A network to PostgreSQL that passes nothing on for a time: also new connections get no answer. */
async function silentFor(ms: number, queue?: string): Promise<readonly (readonly RunEvent[])[]> {
  const url = new URL(await postgres.createDatabase());
  await using network = await shakyProxy(() => postgres.port);
  url.port = new URL(network.url).port;
  return await surviveFault({
    store: url.href,
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

describe.skipIf(!hasAll).concurrent("20 runs on two nodes (needs postgresql, redis-server and moto)", () => {
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
