// What a model, a store or an authenticator throws is in the log once, with its type, stack and causes, and with the request or
// the run. The client gets none of it.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { connectWs } from "@deepaas/client";
import { aroundStore, type StoreMethod } from "@deepaas/conformance";
import { createHost, type Host, type HostOptions, type Logger } from "@deepaas/core";
import { memoryStore } from "@deepaas/core/ports";
import { createServer } from "@deepaas/koa";
import { workers } from "@deepaas/workers";
import { attachWs } from "@deepaas/ws/node";
import { pino } from "pino";
import { expect, test } from "vitest";
import { tempFolder } from "./support/temp-folder.ts";

const failing = `
const fail = () => { throw new RangeError("the first line\\nthe second line", { cause: new TypeError("the cause") }); };
export const getPredictArgs = () => ({ ok: { type: "boolean", default: false } });
export const getTrainArgs = () => ({});
export const predict = () => fail();
export async function* predictStream() { yield 1; fail(); }
export const train = () => fail();
`;
const batching = `
export const getPredictArgs = () => ({ ok: { type: "boolean", default: false } });
const fail = () => new RangeError("the first line\\nthe second line", { cause: new TypeError("the cause") });
export const predictBatch = (list) => list.map(({ ok }) => ok ? 1 : fail());
export const predict = () => { throw fail(); };
`;

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly requestId?: string;
  readonly runId?: string;
  readonly model?: string;
  readonly err?: { readonly type: string; readonly message: string; readonly stack: string };
}

interface Served extends AsyncDisposable {
  readonly host: Host;
  readonly url: string;
  /** Warnings and errors, as pino writes them. */
  readonly lines: readonly Line[];
}

interface Options {
  readonly authenticate?: () => never;
  readonly around?: Partial<HostOptions>;
}

async function serve(place: "inline" | "worker", { authenticate, around }: Options = {}): Promise<Served> {
  const folder = tempFolder({ "failing.mjs": failing, "batching.mjs": batching });
  const modules = { failing: join(folder.path, "failing.mjs"), batching: join(folder.path, "batching.mjs") };
  const lines: Line[] = [];
  const logger: Logger = pino(
    { base: null, level: "warn" },
    { write: (text: string) => void lines.push(JSON.parse(text)) },
  );
  const imported = async () => ({ failing: await import(modules.failing), batching: await import(modules.batching) });
  const models = place === "worker" ? { executor: workers({ modules, logger }) } : { models: await imported() };
  const host = await createHost({ ...models, ...around, logger });
  const common = { logger, ...(authenticate && { authenticate }) };
  const server = createServer(host, common).listen(0, "127.0.0.1");
  const sockets = attachWs(server, host, common);
  await once(server, "listening");
  return {
    host,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lines,
    async [Symbol.asyncDispose]() {
      await host.close({ drainMs: 0 });
      await sockets.close({ drainMs: 0 });
      server.closeAllConnections();
      server.close();
      folder[Symbol.dispose]();
    },
  };
}

const json = { "Content-Type": "application/json" };
const post = (url: string, headers: Record<string, string> = {}) =>
  fetch(url, { method: "POST", headers: { ...json, "X-Request-Id": "r-1", ...headers }, body: "{}" });

/** Each returns everything that the client got. */
const ways: Record<string, (url: string) => Promise<string>> = {
  "a predict": async (url) => (await post(`${url}/v2/models/failing/predict/`)).text(),
  "a stream": async (url) => (await post(`${url}/v2/models/failing/predict/`, { Accept: "text/event-stream" })).text(),
  "a predict over WebSocket": (url) => withWs(url, (service) => service.predict("failing", {}, { requestId: "r-1" })),
  "a stream over WebSocket": (url) =>
    withWs(url, async (service) => Array.fromAsync(service.predictStream("failing", {}, { requestId: "r-1" }))),
  "a batch of one": async (url) => (await post(`${url}/v2/models/batching/predict/`)).text(),
  async "a training"(url) {
    await fetch(`${url}/v2/models/failing/train/run-1`, { method: "PUT" });
    return (await fetch(`${url}/v2/runs/run-1/events`, { headers: { Accept: "text/event-stream" } })).text();
  },
};

async function withWs(url: string, call: (service: ReturnType<typeof connectWs>) => Promise<unknown>): Promise<string> {
  const service = connectWs(url);
  try {
    return JSON.stringify(await call(service));
  } catch (error) {
    return JSON.stringify((error as { toData(): object }).toData());
  } finally {
    service.close();
  }
}

for (const place of ["inline", "worker"] as const) {
  test.each(Object.entries(ways))(`${place}: the error of a model in %s`, async (way, call) => {
    await using served = await serve(place);
    const got = await call(served.url);
    const isTraining = way === "a training";
    await expect.poll(() => served.lines).toHaveLength(1);
    const [line] = served.lines as [Line];
    const model = way.startsWith("a batch") ? "batching" : "failing";
    expect(line).toMatchObject({ level: 50, model, ...(isTraining ? { runId: "run-1" } : { requestId: "r-1" }) });
    expect(line.err?.stack).toMatch(/^RangeError: the first line\nthe second line\n {4}at .*(?:failing|batching)\.mjs/);
    expect(line.err?.stack).toMatch(/TypeError: the cause\n {4}at /);
    expect(got).not.toMatch(/\.mjs|the cause|second line.* at /);
  });

  test(`${place}: a batch that failed as a whole is logged by each of its calls`, async () => {
    await using served = await serve(place);
    // The first one is executed alone; the others wait for it, and are a batch.
    const calls = ["r-1", "r-2", "r-3"].map((requestId) => served.host.predict("batching", {}, { requestId }));
    await Promise.allSettled(calls);
    const errors = () => served.lines.filter(({ level }) => level === 50);
    await expect.poll(() => errors().map(({ requestId }) => requestId)).toEqual(["r-1", "r-2", "r-3"]);
    const others = served.lines.filter(({ level }) => level !== 50);
    expect(others.map(({ msg, err }) => [msg, err])).toEqual([
      ["a batch failed; its calls are executed one by one", undefined],
    ]);
  });
}

function failingStore(...failingMethods: StoreMethod[]): Partial<HostOptions> {
  const store = aroundStore(memoryStore(), ({ method, make }) => {
    if (!failingMethods.includes(method)) return make();
    return Promise.reject(new RangeError("the disk\nis away", { cause: new TypeError("the cause") }));
  });
  return { store };
}

test.each([
  ["get", "GET", "/v2/runs/run-1", { requestId: "r-1" }],
  ["list", "GET", "/v2/runs", { requestId: "r-1" }],
  ["create", "PUT", "/v2/models/failing/train/run-1", { runId: "run-1", model: "failing" }],
  ["get", "GET", "/v2/runs/run-1/events", { requestId: "r-1" }],
] as const)("the error of a store in %s, for %s %s", async (method, verb, path, fields) => {
  await using served = await serve("inline", { around: failingStore(method) });
  const answer = await fetch(served.url + path, { method: verb, headers: { "X-Request-Id": "r-1" } });
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toMatch(/the disk|the cause| at /);
  expect(served.lines).toMatchObject([{ level: 50, ...fields, err: { type: "RangeError" } }]);
  expect(served.lines[0]?.err?.stack).toMatch(/RangeError: the disk\nis away.*TypeError: the cause/s);
});

test("the error of an authenticator, over REST and in a handshake", async () => {
  const authenticate = () => {
    throw new RangeError("the directory\nis away", { cause: new TypeError("the cause") });
  };
  await using served = await serve("inline", { authenticate });
  const answer = await fetch(`${served.url}/v2/models/`, { headers: { "X-Request-Id": "r-1" } });
  expect(answer.status).toBe(500);
  const headers = { Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Version": "13" };
  const { WebSocket } = await import("ws");
  const ws = new WebSocket(`${served.url.replace("http", "ws")}/v2/runs/run-1/events`, {
    headers: { ...headers, "X-Request-Id": "r-2" },
  });
  const [, response] = await once(ws, "unexpected-response");
  const body = Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>)).toString();
  expect(`${await answer.text()}${body}`).not.toMatch(/directory|the cause| at /);
  expect(served.lines).toMatchObject([
    { level: 50, requestId: "r-1" },
    { level: 50, requestId: "r-2", runId: "run-1" },
  ]);
  for (const { err } of served.lines) {
    expect(err?.stack).toMatch(/RangeError: the directory\nis away.*TypeError: the cause/s);
  }
});
