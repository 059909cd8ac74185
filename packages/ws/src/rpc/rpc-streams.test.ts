// Watches and streams over the RPC endpoint, and readers that are slow.
import { DeepaasError, type JsonValue } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { rpcPeer, type Said } from "../testing/rpc-peer.ts";
import { longLog, serve, serviceOf, steppingHost } from "../testing/serve.ts";

const events = (texts: readonly Said[]) => texts.filter(({ method }) => method === "$/event");

test("WS-15, WS-20: a watch tells each event under the id of its call, as it is, and is answered after the last", async () => {
  const { host, step } = await steppingHost();
  await using _host = host;
  await using served = await serve(host);
  const peer = await rpcPeer(served.port);
  const { result } = await peer.call("train", { model: "stepping", args: { steps: 2 } });
  const watch = peer.call("watch", { id: result.id }, "w");
  for (const at of [1, 2]) {
    await peer.until(({ params }) => params?.event?.step === at);
    step(result.id);
  }
  expect(await watch).toEqual({ jsonrpc: "2.0", id: "w", result: null });
  const told = events(peer.texts);
  expect(told.every(({ params }) => params.id === "w")).toBe(true);
  expect(told.map(({ params }) => params.event)).toEqual(await Array.fromAsync(host.watch(result.id)));
  const later = await peer.call("watch", { id: result.id, after: told.length - 1 }, "later");
  expect(later.result).toBe(null);
  expect(events(peer.texts).at(-1)?.params).toMatchObject({ id: "later", event: { type: "succeeded" } });
});

test("WS-15: a watch that cannot go on is answered with its error", async () => {
  const { host } = await steppingHost();
  await using _host = host;
  await using served = await serve(host);
  const peer = await rpcPeer(served.port);
  expect((await peer.call("watch", { id: "nobody" })).error).toMatchObject({ code: -32004 });
  const { result } = await peer.call("train", { model: "stepping", args: {} });
  expect((await peer.call("watch", { id: result.id, after: 99 })).error).toMatchObject({
    code: -32010,
    data: { code: "out_of_range", first: 1 },
  });
});

test("WS-16, WS-20: a stream tells each item, references and all, and is answered after the last", async () => {
  const items: JsonValue[] = [1, null, { $file: { id: 1, contentType: "a/b" } }];
  async function* predictStream() {
    yield* items;
  }
  await using served = await serve(serviceOf({ predictStream }));
  const peer = await rpcPeer(served.port);
  expect(await peer.call("predictStream", { model: "m" }, "s")).toMatchObject({ result: null });
  expect(peer.texts.slice(0, -1).map(({ params }) => params)).toEqual(items.map((item) => ({ id: "s", item })));
});

test("WS-16: an error in the middle of a stream comes after the items before it", async () => {
  async function* predictStream() {
    yield 1;
    throw new DeepaasError("failed_precondition", "no more");
  }
  await using served = await serve(serviceOf({ predictStream }));
  const peer = await rpcPeer(served.port);
  expect((await peer.call("predictStream", { model: "m" })).error).toMatchObject({ code: -32009 });
  expect(peer.texts).toHaveLength(2);
});

describe("credit", () => {
  /** Counts what it is asked for. */
  function counted() {
    const asked = { items: 0, left: false };
    async function* predictStream() {
      try {
        for (;;) yield ++asked.items;
      } finally {
        asked.left = true;
      }
    }
    return { asked, service: serviceOf({ predictStream }) };
  }

  test.each([
    ["what the client says", { credit: 3 }, 3],
    ["256 when it says nothing", {}, 256],
  ])("WS-17: no more items come than %s, and the model is not asked for them", async (_, params, credit) => {
    const { asked, service } = counted();
    await using served = await serve(service);
    const peer = await rpcPeer(served.port);
    void peer.call("predictStream", { model: "m", ...params }, "s");
    await peer.until(({ params }) => params?.item === credit);
    peer.note("$/ping", {});
    await peer.until(({ method }) => method === "$/pong");
    expect([asked.items, peer.texts.length]).toEqual([credit, credit + 1]);
    peer.note("$/credit", { id: "s", items: 2 });
    await peer.until(({ params }) => params?.item === credit + 2);
    peer.note("$/cancel", { id: "s" });
    expect((await peer.until(({ id }) => id === "s")).error?.data.code).toBe("cancelled");
    expect(asked).toEqual({ items: credit + 2, left: true });
  });
});

describe("a client that reads nothing", () => {
  const count = 4_000;
  const text = "x".repeat(16_384);

  test("WS-18, WS-55: makes the server stop reading the log, holds nobody else up, and gets everything once it reads", async () => {
    const slow = longLog(count, text);
    const fast = longLog(count, text);
    const watch = (id: string, options: object) => (id === "slow" ? slow : fast).service.watch(id, options);
    await using served = await serve(serviceOf({ watch }));
    const held = await rpcPeer(served.port);
    held.ws.pause();
    const all = held.call("watch", { id: "slow", credit: 1_000_000 });
    const other = await rpcPeer(served.port);
    await other.call("watch", { id: "fast", credit: 1_000_000 });
    // What the two kernels' buffers hold, the mark, and one event: far less than the 64 MB of the log.
    expect(slow.log.read * text.length).toBeLessThan(16 * 2 ** 20);
    held.ws.resume();
    await all;
    expect(events(held.texts).map(({ params }) => params.event.seq)).toEqual(
      Array.from({ length: count }, (_, i) => i + 1),
    );
  });

  test("WS-18: is not read from either, so that its calls cannot pile up answers", async () => {
    let asked = 0;
    const answer = "y".repeat(100_000);
    const predict = async () => {
      asked++;
      return answer;
    };
    await using served = await serve(serviceOf({ predict }), { maxBufferedBytes: 1 });
    const flood = await rpcPeer(served.port);
    flood.ws.pause();
    const calls = 1_000;
    const padding = "z".repeat(2_000);
    for (let i = 0; i < calls; i++) {
      flood.raw(JSON.stringify({ jsonrpc: "2.0", id: i, method: "predict", params: { model: "m", padding } }));
    }
    // Others are served meanwhile, for longer than all of it would take.
    const other = await rpcPeer(served.port);
    for (let i = 0; i < 300; i++) await other.call("predict", { model: "m" });
    expect(asked - 300).toBeLessThan(calls / 4);
    flood.ws.resume();
    await flood.until(({ id }) => id === calls - 1);
    expect(flood.texts).toHaveLength(calls);
  });
});
