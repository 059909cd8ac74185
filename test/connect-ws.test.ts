// The WebSocket client's own features: connecting, reconnecting, aborting, closing, upload progress.
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { connectRest, connectWs, keepWatching, type UploadProgress } from "@deepaas/client";
import { createHost, DeepaasError, type JsonValue, type ModelFile, type ModelService, modelFile } from "@deepaas/core";
import type { Authenticate } from "@deepaas/ws/node";
import { expect, onTestFinished, test } from "vitest";
import { serveHttp } from "./support/serve-http.ts";
import { shakyProxy } from "./support/shaky-proxy.ts";

/** A host whose `predict` counts its calls and returns when the test allows it. */
async function gated() {
  const state = { calls: 0, aborted: 0 };
  let gate = Promise.withResolvers<JsonValue>();
  const model = {
    getPredictArgs: () => ({ file: { type: "string", format: "binary", required: false } as const }),
    async predict({ file }: { file?: ModelFile }, { signal }: { signal: AbortSignal }) {
      state.calls++;
      signal.addEventListener("abort", () => state.aborted++);
      return file ?? gate.promise;
    },
    train: async () => 1,
  };
  const host = await createHost({ models: { model, other: model } });
  onTestFinished(() => host.close());
  const answer = (value: JsonValue) => {
    gate.resolve(value);
    gate = Promise.withResolvers();
  };
  return { host, state, answer };
}

function connected(url: string, options?: Parameters<typeof connectWs>[1]) {
  const client = connectWs(url, options);
  onTestFinished(() => client.close());
  return client;
}

test("WS-46: a call in progress when the connection drops is unavailable and not repeated; the next call reconnects", async () => {
  const { host, state, answer } = await gated();
  await using served = await serveHttp(host);
  await using network = await shakyProxy(() => Number(new URL(served.url).port));
  const client = connected(network.url);
  const call = client.predict("model", {});
  await expect.poll(() => state.calls).toBe(1);
  network.cut();
  await expect(call).rejects.toMatchObject({ code: "unavailable" });
  await expect.poll(() => state.aborted).toBe(1);
  const next = client.predict("model", {});
  await expect.poll(() => state.calls).toBe(2);
  answer("there");
  expect(await next).toBe("there");
  expect(network.connections).toBe(2);
});

test("many calls share one socket, also those made before it is open", async () => {
  const { host } = await gated();
  await using served = await serveHttp(host);
  await using network = await shakyProxy(() => Number(new URL(served.url).port));
  const client = connected(network.url);
  expect(network.connections).toBe(0);
  await Promise.all(Array.from({ length: 100 }, () => client.describe("model")));
  await client.describe("model");
  expect(network.connections).toBe(1);
});

test("a server that is down, or never answers the handshake, is unavailable; a caller can abort the wait", async () => {
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  await expect(connected(`http://127.0.0.1:${port}`, { connectTimeoutMs: 50 }).models()).rejects.toMatchObject({
    code: "unavailable",
  });
  const patient = connected(`http://127.0.0.1:${port}`);
  await expect(patient.models({ timeoutMs: 30 })).rejects.toMatchObject({ code: "deadline_exceeded" });
  silent.close();
  const nobody = createServer().listen(0, "127.0.0.1");
  await once(nobody, "listening");
  const free = (nobody.address() as AddressInfo).port;
  nobody.close();
  await expect(connected(`http://127.0.0.1:${free}`).models()).rejects.toMatchObject({ code: "unavailable" });
});

test("WS-50: a response that crosses the cancel is ignored, and its file dropped", async () => {
  const { host } = await gated();
  const crossing = Promise.withResolvers<void>();
  // It ignores the cancel, as if it had already answered.
  const file = modelFile(new ReadableStream({ cancel: () => crossing.resolve() }));
  const asked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<ModelFile>();
  const artifact = () => {
    asked.resolve();
    return release.promise;
  };
  const parts: Partial<ModelService> = { artifact, models: host.models.bind(host) };
  await using served = await serveHttp(Object.assign(Object.create(host) as typeof host, parts));
  const client = connected(served.url);
  const leave = new AbortController();
  const call = client.artifact("r", "a", { signal: leave.signal });
  await asked.promise;
  leave.abort();
  await expect(call).rejects.toMatchObject({ code: "cancelled" });
  release.resolve(file);
  await crossing.promise;
  expect(await client.models()).toHaveLength(2);
});

test("WS-51: two starts with one id are one run; with other arguments, or after a lost response, as in every adapter", async () => {
  const { host } = await gated();
  await using served = await serveHttp(host);
  await using network = await shakyProxy(() => Number(new URL(served.url).port));
  const [a, b] = [connected(served.url), connected(network.url)];
  const [first, second] = await Promise.all([a, b].map((one) => one.train("model", {}, { runId: "one" })));
  expect(first?.createdAt).toBe(second?.createdAt);
  await expect(b.train("other", {}, { runId: "one" })).rejects.toMatchObject({ code: "already_exists" });
  const lost = b.train("model", {}, { runId: "two" });
  network.cut();
  await lost.catch(() => {});
  expect((await b.train("model", {}, { runId: "two" })).id).toBe("two");
  expect((await host.runs()).items).toHaveLength(2);
});

test("close ends calls in progress with cancelled, refuses later ones, and may be called twice", async () => {
  const { host, state } = await gated();
  await using served = await serveHttp(host);
  const client = connectWs(served.url);
  const call = client.predict("model", {});
  await expect.poll(() => state.calls).toBe(1);
  client.close();
  client.close();
  await expect(call).rejects.toMatchObject({ code: "cancelled" });
  await expect(client.models()).rejects.toMatchObject({ code: "cancelled" });
  await expect.poll(() => state.aborted).toBe(1);
});

test("an upload reports its progress, and is returned unchanged", async () => {
  const { host } = await gated();
  await using served = await serveHttp(host);
  const client = connected(served.url);
  const content = new Uint8Array(3_000_000).map((_, i) => i % 253);
  const progress: UploadProgress[] = [];
  const file = modelFile(content, { contentType: "a/b" });
  const answer = await client.predict("model", { file }, { onUploadProgress: (sent) => progress.push(sent) });
  expect(Buffer.from(await (answer as ModelFile).bytes()).equals(content)).toBe(true);
  expect(progress.length).toBeGreaterThan(10);
  expect(progress.at(-1)).toEqual({ bytes: content.length, total: content.length });
  expect(progress.map(({ bytes }) => bytes)).toEqual(progress.map(({ bytes }) => bytes).toSorted((x, y) => x - y));
  // A file can be read as a stream as well.
  const again = (await client.predict("model", { file })) as ModelFile;
  expect((await Array.fromAsync(again.stream())).reduce((sum, { length }) => sum + length, 0)).toBe(content.length);
});

test("WS-56, WS-57: a token function is called for each connection, and its token is accepted", async () => {
  const { host } = await gated();
  const asked: (string | undefined)[] = [];
  const authenticate: Authenticate = (_request, token) => {
    asked.push(token);
    return token?.startsWith("good") ? { id: token } : undefined;
  };
  await using served = await serveHttp(host, { authenticate });
  await using network = await shakyProxy(() => Number(new URL(served.url).port));
  expect(await connected(network.url, { token: "good as it is" }).models()).toHaveLength(2);
  let given = 0;
  const client = connected(network.url, { token: async () => `good ${++given}` });
  await Promise.all([client.models(), client.models()]);
  network.cut();
  await expect.poll(() => client.models().catch(() => undefined)).toHaveLength(2);
  expect([asked[0], new Set(asked.slice(1))]).toEqual(["good as it is", new Set(["good 1", "good 2"])]);
  for (const token of [undefined, "bad"]) {
    const stranger = connected(network.url, token === undefined ? {} : { token });
    await expect(stranger.models()).rejects.toMatchObject({
      code: "unauthenticated",
      message: "Authentication required.",
    });
    const watching = Array.fromAsync(keepWatching(stranger, "any"));
    await expect(watching).rejects.toMatchObject({ code: "unauthenticated" });
  }
});

test("a failed token function fails the call, the next call calls it again, and no call waits longer than connectTimeoutMs", async () => {
  const { host } = await gated();
  await using served = await serveHttp(host);
  const failures = [new Error("the identity provider is away"), new DeepaasError("rate_limited", "Not so fast.")];
  const client = connected(served.url, {
    token() {
      const failure = failures.shift();
      if (failure) throw failure;
      return "there";
    },
  });
  await expect(client.models()).rejects.toMatchObject({ code: "unauthenticated", cause: expect.any(Error) });
  await expect(client.models()).rejects.toMatchObject({ code: "rate_limited" });
  expect(await client.models()).toHaveLength(2);
  const waiting = connected(served.url, { token: () => new Promise<never>(() => {}), connectTimeoutMs: 30 });
  await expect(waiting.models()).rejects.toMatchObject({ code: "unavailable" });
});

test("an unknown option is refused", () => {
  const misspelt = { tokn: "x" } as object;
  expect(() => connectWs("http://localhost", misspelt)).toThrow(/no option "tokn"\. The options are token, /);
  expect(() => connectRest("http://localhost", misspelt)).toThrow(/no option "tokn"\. The options are headers, /);
});

test("closing a client while it connects ends its calls at once", async () => {
  const { host } = await gated();
  const asked = Promise.withResolvers<void>();
  const authenticate: Authenticate = () => {
    asked.resolve();
    return new Promise<never>(() => {});
  };
  await using served = await serveHttp(host, { authenticate });
  const client = connected(served.url, { token: "any", connectTimeoutMs: 600_000 });
  const call = client.models();
  await asked.promise;
  client.close();
  await expect(call).rejects.toMatchObject({ code: "cancelled" });
});
