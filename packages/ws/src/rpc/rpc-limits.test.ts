// Peers that want too much, or give too little; and how a connection ends.
import { once } from "node:events";
import { connect } from "node:net";
import { DeepaasError } from "@deepaas/core";
import { maxFrameBytes } from "@deepaas/protocol/rpc";
import { describe, expect, test } from "vitest";
import { echo, rpcPeer } from "../testing/rpc-peer.ts";
import { serve, serviceOf, steppingHost } from "../testing/serve.ts";

const never = (_model: string, _args: unknown, { signal }: { signal: AbortSignal }) =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
async function* endless() {
  yield* [];
  await new Promise(() => {});
}

describe("limits", () => {
  test.each([
    ["text", "x".repeat(maxFrameBytes + 1)],
    ["binary", new Uint8Array(maxFrameBytes + 1)],
  ])("WS-26, WS-44: a %s frame over the limit closes with 1009, and only its connection", async (_, frame) => {
    await using served = await serve(serviceOf(echo));
    const other = await rpcPeer(served.port);
    const peer = await rpcPeer(served.port);
    peer.raw(frame);
    expect(await peer.closed).toMatchObject({ code: 1009, reason: "too_large: a frame" });
    const largest = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "models", padding: "" });
    other.raw(largest.replace('""', `"${"x".repeat(maxFrameBytes - largest.length)}"`));
    await other.until(({ id }) => id === 1);
  });

  test("WS-27: of a flood of calls those beyond maxCalls are overloaded, the others run, and a place comes free", async () => {
    const gate = Promise.withResolvers<string>();
    await using served = await serve(serviceOf({ predict: () => gate.promise }), { maxCalls: 3 });
    const peer = await rpcPeer(served.port);
    const calls = Array.from({ length: 500 }, () => peer.call("predict", { model: "m" }));
    await Promise.all(calls.slice(3));
    gate.resolve("done");
    const answers = await Promise.all(calls);
    expect(answers.slice(0, 3).map(({ result }) => result as string)).toEqual(["done", "done", "done"]);
    for (const { error } of answers.slice(3)) {
      expect(error).toMatchObject({ code: -32503, data: { code: "overloaded", retryAfterMs: 1_000 } });
    }
    expect((await peer.call("predict", { model: "m" })).result).toBe("done");
  });

  test("WS-28: a subscription beyond maxSubscriptions is overloaded; other calls are not, and a place comes free", async () => {
    const service = serviceOf({ ...echo, watch: endless, predictStream: endless });
    await using served = await serve(service, { maxSubscriptions: 1 });
    const peer = await rpcPeer(served.port);
    const watch = peer.call("watch", { id: "a" }, "w");
    expect((await peer.call("predictStream", { model: "m" })).error?.data.code).toBe("overloaded");
    expect((await peer.call("predict", { model: "m", args: 1 })).result).toBe(1);
    peer.note("$/cancel", { id: "w" });
    peer.note("$/ping", {});
    await peer.until(({ method }) => method === "$/pong");
    expect(peer.texts.some(({ id }) => id === "w")).toBe(false);
    void watch;
  });
});

describe("the heartbeat", () => {
  test("WS-33: drops a client that gives no sign of life, and aborts its calls", async () => {
    const aborted = Promise.withResolvers<void>();
    const predict = (...call: Parameters<typeof never>) => never(...call).finally(aborted.resolve);
    await using served = await serve(serviceOf({ predict }), { heartbeatMs: 40 });
    const alive = await rpcPeer(served.port);
    const dead = await rpcPeer(served.port, { autoPong: false });
    void dead.call("predict", { model: "m" });
    expect((await dead.closed).code).toBe(1006);
    await aborted.promise;
    expect(alive.ws.readyState).toBe(alive.ws.OPEN);
  });

  test("WS-33: drops one that sends a frame byte by byte, and never ends it", async () => {
    await using served = await serve(serviceOf(echo), { heartbeatMs: 60 });
    const socket = connect(served.port, "127.0.0.1");
    socket.write(
      "GET /v2/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
        "Sec-WebSocket-Protocol: deepaas.v2\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    );
    socket.on("error", () => {});
    await once(socket, "data");
    // A masked text frame of 100 bytes, of which one comes every few milliseconds.
    socket.write(new Uint8Array([0x81, 0x80 + 100, 0, 0, 0, 0]));
    const drip = setInterval(() => socket.write("x"), 20);
    socket.resume();
    await once(socket, "close");
    clearInterval(drip);
    await expect.poll(() => served.attached.connections).toBe(0);
  });
});

describe("the end of a connection", () => {
  test("WS-37: aborts its calls and its streams, and touches no run", async () => {
    const { host, step } = await steppingHost();
    await using _host = host;
    const left: string[] = [];
    const predict = (...call: Parameters<typeof never>) => never(...call).finally(() => left.push("predict"));
    async function* predictStream() {
      try {
        for (;;) yield 1;
      } finally {
        left.push("stream");
      }
    }
    const parts = { train: host.train.bind(host), watch: host.watch.bind(host), predict, predictStream };
    await using served = await serve(serviceOf(parts));
    const peer = await rpcPeer(served.port);
    const { id } = (await peer.call("train", { model: "stepping", args: { steps: 1 } })).result as { id: string };
    void peer.call("watch", { id });
    void peer.call("predict", { model: "m" });
    void peer.call("predictStream", { model: "m" });
    await peer.until(({ params }) => params?.event?.step === 1);
    peer.ws.terminate();
    await expect.poll(() => left.toSorted()).toEqual(["predict", "stream"]);
    expect((await host.run(id)).state).toBe("running");
    step(id);
    expect((await Array.fromAsync(host.watch(id))).at(-1)?.type).toBe("succeeded");
  });

  test("WS-35, WS-36: closing refuses new calls, waits for those under way but not for watches, then 1012", async () => {
    const gate = Promise.withResolvers<string>();
    await using served = await serve(serviceOf({ predict: () => gate.promise, watch: endless }), { drainMs: 10_000 });
    const peer = await rpcPeer(served.port);
    const call = peer.call("predict", { model: "m" });
    void peer.call("watch", { id: "a" });
    peer.note("$/ping", {});
    await peer.until(({ method }) => method === "$/pong");
    const closing = served.attached.close();
    expect((await peer.call("predict", { model: "m" })).error?.data).toMatchObject({
      code: "unavailable",
      retryAfterMs: 1_000,
    });
    gate.resolve("done");
    expect((await call).result).toBe("done");
    expect(await peer.closed).toMatchObject({ code: 1012, reason: expect.stringMatching(/^unavailable: /) });
    await closing;
  });

  test("WS-36: a call that takes longer than drainMs does not hold the end up", async () => {
    await using served = await serve(serviceOf({ predict: never }), { drainMs: 40 });
    const peer = await rpcPeer(served.port);
    void peer.call("predict", { model: "m" });
    peer.note("$/ping", {});
    await peer.until(({ method }) => method === "$/pong");
    await served.attached.close();
    expect((await peer.closed).code).toBe(1012);
  });

  test("WS-35: what the service itself throws ends no connection", async () => {
    const predict = () => {
      throw new DeepaasError("unavailable", "gone");
    };
    await using served = await serve(serviceOf({ predict }));
    const peer = await rpcPeer(served.port);
    expect((await peer.call("predict", { model: "m" })).error).toMatchObject({ code: -32503 });
    expect(peer.ws.readyState).toBe(peer.ws.OPEN);
  });
});
