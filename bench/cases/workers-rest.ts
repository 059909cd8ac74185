// The requests per second of a no-op model in a worker over REST.
import { join } from "node:path";
import { createHost, type HostOptions } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import { workers } from "@deepaas/workers";
import type { BenchCase } from "../bench-case.ts";
import type { Load } from "../http-load.ts";
import { listening, runScript } from "../listening.ts";
import * as echo from "../worker-models/echo.ts";

/** Returns the requests per second of 32 callers. */
async function rate(options: HostOptions): Promise<number> {
  const server = createServer(await createHost(options));
  const port = await listening(server);
  const drive = (requests: number) => {
    const load: Load = {
      port,
      path: "/v2/models/echo/predict/",
      body: '{"text":"hello","n":3,"flag":true}',
      headers: ["Content-Type: application/json", "Accept: application/vnd.deepaas+json"],
      connections: 32,
      requests,
    };
    return runScript<number>("http-load.ts", load);
  };
  await drive(5_000);
  return (20_000 * 1_000) / (await drive(20_000));
}

const module = join(import.meta.dirname, "..", "worker-models", "echo.ts");

export default {
  name: "workers-rest",
  against: "the same model inline, requests per second at 32 callers",
  goal: { atLeast: 0.6 },
  baseline: () => rate({ models: { echo } }),
  subject: () => rate({ executor: workers({ module, predict: 1 }) }),
  beside: { "two workers": () => rate({ executor: workers({ module, predict: 2 }) }) },
} satisfies BenchCase;
