// Predicts per second of a no-op model: 32 callers over one WebSocket, compared with 32 REST connections.
import { createHost, Type } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import { attachWs } from "@deepaas/ws/node";
import type { BenchCase } from "../bench-case.ts";
import type { Load, Loaded } from "../http-load.ts";
import { listening, runScript } from "../listening.ts";
import type { WsLoad } from "../ws-load.ts";

const callers = 32;
const warmUp = 10_000;
const calls = 30_000;
const args = { x: 3, title: "the seventh of the first test set" };

async function perSecond(drive: (port: number, count: number) => Promise<number>): Promise<number> {
  const fields = { x: Type.Number(), title: Type.String() };
  const host = await createHost({ models: { m: { getPredictArgs: () => fields, predict: () => ({ y: 6 }) } } });
  const server = createServer(host);
  attachWs(server, host);
  const port = await listening(server);
  await drive(port, warmUp);
  return (calls * 1_000) / (await drive(port, calls));
}

export default {
  name: "ws-predict",
  against: "the REST adapter with 32 connections, predicts per second",
  goal: { atLeast: 1.5 },
  baseline: () =>
    perSecond(async (port, requests) => {
      const path = "/v2/models/m/predict/";
      const accept = "application/vnd.deepaas+json";
      const load: Load = { port, path, body: JSON.stringify(args), accept, callers, requests };
      return (await runScript<Loaded>("http-load.ts", load)).ms;
    }),
  subject: () =>
    perSecond((port, count) => {
      const params = { model: "m", args };
      const load: WsLoad = { port, method: "predict", params, concurrency: callers, calls: count };
      return runScript<number>("ws-load.ts", load);
    }),
} satisfies BenchCase;
