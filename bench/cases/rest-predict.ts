// The cost of the REST adapter: CPU time of the server per predict of a no-op model, with the validation of a body and of the result.
import { createServer as createHttpServer, type IncomingMessage, type Server } from "node:http";
import { createHost, Type, withDefault } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import Router from "@koa/router";
import Koa from "koa";
import type { BenchCase, Measured } from "../bench-case.ts";
import type { Load } from "../http-load.ts";
import { listening, runScript } from "../listening.ts";

const path = "/v2/models/digits/predict/";
// The JIT compiler needs more requests the more code there is.
const warmUpRequests = 50_000;
const requests = 30_000;

const fields = {
  pixels: Type.Array(Type.Number({ minimum: 0, maximum: 1 }), { minItems: 64, maxItems: 64 }),
  title: Type.String({ maxLength: 200 }),
  top: withDefault(Type.Integer({ minimum: 1, maximum: 10 }), 3),
  explain: withDefault(Type.Boolean(), false),
};
const body = JSON.stringify({
  pixels: Array.from({ length: 64 }, (_, i) => Math.round(Math.abs(Math.sin(i)) * 10_000) / 10_000),
  title: "the seventh of the first test set, as it was scanned",
  top: 3,
  explain: true,
});
const schema = {
  status: Type.String(),
  predictions: Type.Array(Type.Object({ label: Type.String(), probability: Type.Number() })),
};
const answer = {
  status: "OK",
  predictions: [
    { label: "seven", probability: 0.91 },
    { label: "one", probability: 0.06 },
    { label: "four", probability: 0.03 },
  ],
};

async function adapter(): Promise<Server> {
  const model = { schema, getPredictArgs: () => fields, predict: () => answer };
  return createServer(await createHost({ models: { digits: model } }));
}

async function bareKoa(): Promise<Server> {
  const router = new Router();
  router.post("/v2/models/:model/predict/", async (ctx) => {
    await jsonOf(ctx.req);
    ctx.body = answer;
  });
  const handle = new Koa().use(router.routes()).callback();
  return createHttpServer((req, res) => void handle(req, res));
}

async function bareHttp(): Promise<Server> {
  const handle = async (req: IncomingMessage) => {
    await jsonOf(req);
    return JSON.stringify(answer);
  };
  return createHttpServer((req, res) => {
    void handle(req).then((text) => {
      res.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
      res.end(text);
    });
  });
}

function jsonOf(req: IncomingMessage): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.once("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
    req.once("error", reject);
  });
}

/** Returns the CPU time of this process per request, in microseconds. */
async function cpuPerRequest(creating: Promise<Server>): Promise<Measured> {
  const server = await creating;
  const port = await listening(server);
  const drive = (count: number) => {
    const load: Load = {
      port,
      path,
      body,
      headers: ["Content-Type: application/json", "Accept: application/json"],
      connections: 16,
      requests: count,
    };
    return runScript<number>("http-load.ts", load);
  };
  await drive(warmUpRequests);
  const before = process.cpuUsage();
  const ms = await drive(requests);
  const { user, system } = process.cpuUsage(before);
  return { figure: (user + system) / requests, also: { "requests/s": (requests * 1000) / ms } };
}

export default {
  name: "rest-predict",
  against: "a route of bare Koa and @koa/router that parses and answers the same JSON by hand, CPU time per request",
  goal: { atMost: 1.2 },
  rounds: 9,
  baseline: () => cpuPerRequest(bareKoa()),
  subject: () => cpuPerRequest(adapter()),
  beside: {
    "the baseline again": () => cpuPerRequest(bareKoa()),
    "bare node:http": () => cpuPerRequest(bareHttp()),
  },
} satisfies BenchCase;
