// The credentials of @deepaas/auth over real sockets: who has none, a wrong or an ended one, and what ends with it.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { addKey, apiKeys, firstOf, grants, rateLimited, revokeKey, withLimits } from "@deepaas/auth";
import { connectWs } from "@deepaas/client";
import { createHost, DeepaasError, type Logger, type ModelService, withAccess } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import { attachWs } from "@deepaas/ws/node";
import { expect, onTestFinished, test } from "vitest";
import { tempFolder } from "./support/temp-folder.ts";

interface Served {
  readonly url: string;
  readonly file: string;
  /** Each has the scope of its name; "revoked" had `predict`. */
  readonly keys: Readonly<Record<"train" | "predict" | "revoked", string>>;
  readonly host: ModelService;
  readonly lines: string[];
  /** Ends the trainings. */
  finish(): void;
  connect(token: string): ModelService;
}

async function serve(): Promise<Served> {
  const folder = tempFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const file = join(folder.path, "keys.json");
  const keyFor = async (name: string, scope = name) => (await addKey(file, { name, scopes: [scope] })).key;
  const made = {
    train: await keyFor("train"),
    predict: await keyFor("predict"),
    revoked: await keyFor("revoked", "predict"),
  };
  await revokeKey(file, "revoked");
  const lines: string[] = [];
  const write = (fields: object, message: string) => {
    const shown = (_name: string, value: unknown) => (value instanceof Error ? `${value.stack}` : value);
    lines.push(JSON.stringify({ ...fields, message }, shown));
  };
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  const gate = Promise.withResolvers<void>();
  const trainer = { predict: (args: object) => args, train: () => gate.promise.then(() => ({ loss: 0.5 })) };
  const host = await createHost({ models: { trainer }, logger });
  const keys = apiKeys({ file, logger });
  const links = grants({ secret: randomBytes(32), signalOf: keys.signalOf });
  const authenticate = rateLimited(firstOf(keys, links), { failures: { requests: 10, seconds: 60 } });
  const service = withLimits(withAccess(host, { grants: links }), { perCaller: { requests: 20, seconds: 60 } });
  const server = createServer(service, { authenticate, logger }).listen(0, "127.0.0.1");
  const sockets = attachWs(server, service, { authenticate, logger });
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(async () => {
    gate.resolve();
    keys.close();
    await host.close();
    await sockets.close();
    server.closeAllConnections();
    server.close();
  });
  const connect = (token: string) => {
    const service = connectWs(url, { token });
    onTestFinished(() => service.close());
    return service;
  };
  return { url, file, keys: made, host, lines, finish: () => gate.resolve(), connect };
}

const eventStream = { accept: "text/event-stream" };
const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

test("a wrong, an expired and a revoked key are refused over REST and WebSocket, and are in no log", async () => {
  const { url, keys, connect, lines } = await serve();
  const { predict: good, revoked } = keys;
  expect((await fetch(`${url}/v2/models/`, bearer(good))).status).toBe(200);
  expect(await connect(good).models()).toHaveLength(1);
  const answers: string[] = [];
  for (const key of [revoked, `${good}x`, good.toUpperCase()]) {
    const response = await fetch(`${url}/v2/models/`, bearer(key));
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain("invalid_token");
    answers.push(await response.text());
    await expect(connect(key).models()).rejects.toMatchObject({ code: "unauthenticated" });
  }
  expect((await fetch(`${url}/v2/models/`)).status).toBe(401);
  // A key may not stand in a URL.
  expect((await fetch(`${url}/v2/models/?grant=${good}`)).status).toBe(401);
  const written = [...lines, ...answers].join("\n").toLowerCase();
  for (const key of [good, revoked]) expect(written).not.toContain(key.toLowerCase());
});

test("when a key is revoked its streams and connections end, and the run goes on", async () => {
  const { url, file, keys, host, connect, finish } = await serve();
  const key = keys.train;
  const service = connect(key);
  const { id } = await service.train("trainer", {});
  const overRest = await fetch(`${url}/v2/runs/${id}/events`, {
    headers: { ...bearer(key).headers, ...eventStream },
  });
  expect(overRest.status).toBe(200);
  const overWs = Array.fromAsync(service.watch(id)).catch((error: unknown) => error);
  await revokeKey(file, "train");
  expect(await overWs).toSatisfy((error) => DeepaasError.is(error) && error.code === "unauthenticated");
  expect((await fetch(`${url}/v2/runs/${id}`, bearer(key))).status).toBe(401);
  // Before the run does.
  expect(await overRest.text()).toMatch(/queued(?!.*succeeded)/s);
  finish();
  expect((await Array.fromAsync(host.watch(id))).at(-1)).toMatchObject({ type: "succeeded" });
});

test("a grant reads its run from a URL, until the key that made it is revoked", async () => {
  const { url, file, keys } = await serve();
  const key = keys.train;
  const started = async () => {
    const response = await fetch(`${url}/v2/models/trainer/train/`, { method: "POST", ...bearer(key) });
    return ((await response.json()) as { uuid: string }).uuid;
  };
  const [id, other] = [await started(), await started()];
  const made = await fetch(`${url}/v2/runs/${id}/grants`, {
    method: "POST",
    headers: { ...bearer(key).headers, "content-type": "application/json" },
    body: JSON.stringify({ seconds: 60 }),
  });
  const { token } = (await made.json()) as { token: string };
  const statusOf = async (path: string, method = "GET") =>
    (await fetch(`${url}${path}?grant=${token}`, { method })).status;
  expect(await statusOf(`/v2/runs/${id}`)).toBe(200);
  expect(await statusOf(`/v2/runs/${id}/metrics`)).toBe(200);
  expect(await statusOf(`/v2/runs/${other}`)).toBe(404);
  // Only reading, and only with GET.
  expect(await statusOf(`/v2/runs/${id}/cancel`, "POST")).toBe(401);
  const withHeader = await fetch(`${url}/v2/runs/${id}/cancel`, { method: "POST", ...bearer(token) });
  expect(withHeader.status).toBe(403);
  const renewed = await fetch(`${url}/v2/runs/${id}/grants`, {
    method: "POST",
    headers: { ...bearer(token).headers, "content-type": "application/json" },
    body: JSON.stringify({ seconds: 604_800 }),
  });
  expect(renewed.status).toBe(403);
  const stream = await fetch(`${url}/v2/runs/${id}/events?grant=${token}`, { headers: eventStream });
  expect(stream.status).toBe(200);
  await revokeKey(file, "train");
  // The stream ends, and not with the end of the run.
  expect(await stream.text()).not.toContain("succeeded");
  expect(await statusOf(`/v2/runs/${id}`)).toBe(401);
});

test("beyond a limit the status is 429, with Retry-After", async () => {
  const { url, keys } = await serve();
  const key = keys.predict;
  const limited = await repeat(21, async () => fetch(`${url}/v2/models/`, bearer(key)));
  expect(limited.status).toBe(429);
  expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(0);
});

test("an address with too many wrong keys is refused, also with a right one", async () => {
  const { url, keys } = await serve();
  const key = keys.predict;
  const refused = await repeat(11, async (i) => fetch(`${url}/v2/models/`, bearer(`dpk_guess-${i}`)));
  expect(refused.status).toBe(429);
  expect((await fetch(`${url}/v2/models/`, bearer(key))).status).toBe(429);
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
});

/** Returns the last of the responses. */
async function repeat(times: number, call: (i: number) => Promise<Response>): Promise<Response> {
  let last = await call(0);
  for (let i = 1; i < times; i++) last = await call(i);
  return last;
}
