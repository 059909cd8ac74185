// The engine suite of `@deepaas/conformance` over both backends.
import { engineSuite } from "@deepaas/conformance";
import {
  postgresMissing,
  type RedisServer,
  redisMissing,
  startPostgres,
  startRedis,
} from "@deepaas/conformance/servers";
import { afterAll, beforeAll, describe, test } from "vitest";
import { bullEngine } from "./index.ts";

let server: RedisServer;
let spaces = 0;

describe.skipIf(postgresMissing !== undefined)("on Postgres (needs postgresql)", () => {
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  suiteOn(() => ({ postgres: server.url, schema: `queue_${++spaces}` }));
});

describe.skipIf(redisMissing !== undefined)("on Redis (needs redis-server)", () => {
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  suiteOn(() => ({ redis: server.url, prefix: `queue_${++spaces}` }));
});

function suiteOn(backend: () => Parameters<typeof bullEngine>[0]): void {
  const cases = engineSuite(async () => {
    const engine = bullEngine(backend(), { pollMs: 20 });
    return { engine, close: () => engine.close() };
  });
  for (const { title, run } of cases) test(title, run);
}
