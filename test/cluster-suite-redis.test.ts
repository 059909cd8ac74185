// The cluster suite of `@deepaas/conformance` over `deepaas run`, in processes, with its queue in Redis.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { clusterSuite } from "@deepaas/conformance";
import {
  type PostgresServer,
  postgresMissing,
  type RedisServer,
  redisMissing,
  startPostgres,
  startRedis,
} from "@deepaas/conformance/servers";
import { afterAll, beforeAll, describe, test } from "vitest";
import { suiteNodes } from "./support/suite-nodes.ts";

const missing = postgresMissing ?? redisMissing;

describe.skipIf(missing !== undefined)("with a queue in Redis (needs postgresql and redis-server)", () => {
  let postgres: PostgresServer;
  let redis: RedisServer;
  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres({ max_connections: "300" }), startRedis()]);
  });
  const nodes = suiteNodes(() => postgres, {
    urlOf: (cluster) => `${redis.url}/${cluster}`,
    lose: (url) => promisify(execFile)("redis-cli", ["-u", url, "FLUSHDB"]),
  });
  afterAll(async () => {
    await nodes[Symbol.asyncDispose]();
    await Promise.all([postgres?.[Symbol.asyncDispose](), redis?.[Symbol.asyncDispose]()]);
  });
  for (const { title, run } of clusterSuite(nodes.startNode, nodes)) test(title, { timeout: 130_000 }, run);
});
