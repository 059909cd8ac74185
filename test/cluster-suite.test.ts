// The cluster suite of `@deepaas/conformance` over `deepaas run`, in processes, with its queue in Postgres.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { clusterRequirements, clusterSuite, uncited } from "@deepaas/conformance";
import { type PostgresServer, postgresMissing, startPostgres } from "@deepaas/conformance/servers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { suiteNodes } from "./support/suite-nodes.ts";

describe.skipIf(postgresMissing !== undefined)("with a queue in Postgres (needs postgresql)", () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres({ max_connections: "300" });
  });
  const nodes = suiteNodes(() => postgres, {
    urlOf: () => undefined,
    lose: (url) => promisify(execFile)("psql", [url, "-c", "TRUNCATE deepaas_queue.job CASCADE"]),
  });
  afterAll(async () => {
    await nodes[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  });
  for (const { title, run } of clusterSuite(nodes.startNode, nodes)) test(title, { timeout: 130_000 }, run);
});

test("each requirement is cited by a case", () => {
  const suite = clusterSuite(() => Promise.reject(new Error("not called")));
  expect(uncited(suite, clusterRequirements)).toEqual([]);
});
