// What each call sends, and what becomes of its answers. The other end is the test; a real server: test/connect-ws.test.ts.
import { getEventListeners } from "node:events";
import type { DeepaasError, ModelFile } from "@deepaas/core";
import { type BinaryFrame, binaryFrameFrom, frameKinds, toBinaryFrame } from "@deepaas/protocol/rpc";
import { describe, expect, test } from "vitest";
import { type FakeSocket, fakeSockets } from "../testing/fake-sockets.ts";
import { type ConnectedWs, connectWs } from "./connect-ws.ts";

/** A client whose connection is open: the first message of the socket is that of a call of its own. */
function connect() {
  const { sockets, WebSocket } = fakeSockets();
  const client = connectWs("http://example.org", { WebSocket, heartbeatMs: 0 });
  return {
    client,
    async socket(): Promise<FakeSocket> {
      while (!sockets[0]) await new Promise(setImmediate);
      return sockets[0];
    },
  };
}

const iteratorOf = <T>(items: AsyncIterable<T>) => items[Symbol.asyncIterator]();
const rejection = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error as DeepaasError,
  );
/** Resolves when everything that is ready has run. */
const turn = () => new Promise(setImmediate);
const framesOf = (socket: FakeSocket) =>
  socket.sent.filter((one) => typeof one !== "string").map((one) => binaryFrameFrom(one) as BinaryFrame);

describe("the request", () => {
  const requests: readonly [string, (client: ConnectedWs) => Promise<unknown>, object][] = [
    ["status", (client) => client.status(), {}],
    ["models", (client) => client.models(), {}],
    ["describe", (client) => client.describe("m"), { model: "m" }],
    ["predict", (client) => client.predict("m", { x: 1 }), { model: "m", args: { x: 1 } }],
    [
      "predictStream",
      (client) => iteratorOf(client.predictStream("m", { x: 1 })).next(),
      { model: "m", credit: 16, args: { x: 1 } },
    ],
    ["train", (client) => client.train("m", { x: 1 }), { model: "m", args: { x: 1 } }],
    ["train", (client) => client.train("m", {}, { runId: "r" }), { model: "m", runId: "r", args: {} }],
    ["run", (client) => client.run("r"), { id: "r" }],
    ["runs", (client) => client.runs({ model: "m" }), { filter: { model: "m" } }],
    ["cancel", (client) => client.cancel("r"), { id: "r" }],
    ["remove", (client) => client.remove("r"), { id: "r" }],
    ["watch", (client) => iteratorOf(client.watch("r")).next(), { id: "r", credit: 256 }],
    ["watch", (client) => iteratorOf(client.watch("r", { after: 0 })).next(), { id: "r", after: 0, credit: 256 }],
    ["artifact", (client) => client.artifact("r", "a.bin"), { id: "r", name: "a.bin" }],
  ];
  test.each(requests)("of %s", async (method, call, params) => {
    const { client, socket } = connect();
    void rejection(call(client));
    const [message] = await (await socket()).until(1);
    expect(message).toEqual({ jsonrpc: "2.0", id: 1, method, params });
    client.close();
  });

  test("has the options of the call", async () => {
    const { client, socket } = connect();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const options = { requestId: "q", timeoutMs: 60_000, traceparent };
    void rejection(client.status(options));
    void rejection(iteratorOf(client.watch("r", { ...options, signal: new AbortController().signal })).next());
    const sent = await (await socket()).until(2);
    expect(sent.map(({ params }) => params)).toEqual([options, { id: "r", credit: 256, ...options }]);
    client.close();
  });

  test.each([2 ** 31, 2 ** 40, Number.POSITIVE_INFINITY])(
    "of a timeout of %d ms has the longest one",
    async (timeoutMs) => {
      const { client, socket } = connect();
      const call = client.status({ timeoutMs });
      const other = await socket();
      const [message] = await other.until(1);
      expect(message?.params).toEqual({ timeoutMs: 2 ** 31 - 1 });
      // A timer that is too long would end at once.
      await new Promise((resolve) => setTimeout(resolve, 5));
      other.answers(1, "done");
      expect(await call).toBe("done");
    },
  );

  test("with arguments that have no JSON form is not sent", async () => {
    const { client, socket } = connect();
    const args = { x: 1n };
    expect(await rejection(client.predict("m", args))).toMatchObject({ code: "invalid_args" });
    expect(await rejection(iteratorOf(client.predictStream("m", args)).next())).toMatchObject({ code: "invalid_args" });
    expect((await socket()).sent).toEqual([]);
  });

  test("has an id of its own for each call", async () => {
    const { client, socket } = connect();
    for (let i = 0; i < 3; i++) void rejection(client.status());
    expect((await (await socket()).until(3)).map(({ id }) => id)).toEqual([1, 2, 3]);
    client.close();
  });
});

describe("an upload", () => {
  test("is sent after its request, its progress is told, and its total is known", async () => {
    const { client, socket } = connect();
    const progress: object[] = [];
    const args = { x: 1, a: new Blob(["abc"]), b: new Uint8Array(200_000) };
    const call = client.predict("m", args, { onUploadProgress: (sent) => progress.push(sent) });
    const other = await socket();
    await other.until(1);
    await expect.poll(() => framesOf(other).filter(({ kind }) => kind === frameKinds.fileEnd).length).toBe(2);
    expect(other.messages[0]?.params).toMatchObject({
      args: { x: 1, a: { $file: { id: 1 } }, b: { $file: { id: 2 } } },
    });
    expect(progress.at(-1)).toEqual({ bytes: 200_003, total: 200_003 });
    expect(progress.length).toBeGreaterThan(2);
    other.answers(1, "done");
    expect(await call).toBe("done");
  });

  test("without the size of one file has no total", async () => {
    const { client, socket } = connect();
    const progress: object[] = [];
    const { modelFile } = await import("@deepaas/core");
    const unknown = modelFile(new Blob(["abc"]).stream(), { contentType: "text/plain" });
    void rejection(client.train("m", { a: unknown }, { onUploadProgress: (sent) => progress.push(sent) }));
    const other = await socket();
    await expect.poll(() => framesOf(other).length).toBe(2);
    expect(progress).toEqual([{ bytes: 3 }]);
    client.close();
  });

  test("of a call without files has no progress", async () => {
    const { client, socket } = connect();
    const progress: object[] = [];
    const call = client.predict("m", { x: 1 }, { onUploadProgress: (sent) => progress.push(sent) });
    const other = await socket();
    await other.until(1);
    other.answers(1, 1);
    expect([await call, progress]).toEqual([1, []]);
  });

  test("stops when its caller leaves", async () => {
    const { client, socket } = connect();
    const leave = new AbortController();
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
      cancel: () => {
        cancelled = true;
      },
    });
    const { modelFile } = await import("@deepaas/core");
    const args = { a: modelFile(endless, { contentType: "text/plain" }) };
    const call = rejection(client.predict("m", args, { signal: leave.signal }));
    const other = await socket();
    // The window of a file is full.
    await expect.poll(() => framesOf(other).reduce((sum, { content }) => sum + content.length, 0)).toBe(1_048_576);
    leave.abort();
    expect(await call).toMatchObject({ code: "cancelled" });
    await expect.poll(() => cancelled).toBe(true);
    expect(other.methods).toEqual(["predict", "$/cancel"]);
  });
});

describe("a result", () => {
  const file = { $file: { id: 5, contentType: "text/plain", size: 3 } };

  test.each([
    ["predict", (client: ConnectedWs) => client.predict("m", {})],
    ["artifact", (client: ConnectedWs) => client.artifact("r", "a")],
  ])("of %s may be a file", async (_method, call) => {
    const { client, socket } = connect();
    const result = call(client);
    const other = await socket();
    await other.until(1);
    other.answers(1, file);
    other.receives(toBinaryFrame({ kind: frameKinds.filePart, id: 5, content: new Uint8Array([97, 98, 99]) }));
    other.receives(toBinaryFrame({ kind: frameKinds.fileEnd, id: 5, content: new Uint8Array() }));
    expect(await ((await result) as ModelFile).text()).toBe("abc");
  });

  test("that is a file fails with its connection, and so does an upload", async () => {
    const { client, socket } = connect();
    let cancelled = false;
    const cancel = () => {
      cancelled = true;
    };
    const result = client.artifact("r", "a");
    const { modelFile } = await import("@deepaas/core");
    const upload = modelFile(new ReadableStream({ cancel }), { contentType: "text/plain" });
    const sent = rejection(client.predict("m", { a: upload }));
    const other = await socket();
    await other.until(2);
    other.answers(1, file);
    const text = rejection(((await result) as ModelFile).text());
    other.closes(1006);
    expect([await text, await sent]).toMatchObject([{ code: "unavailable" }, { code: "unavailable" }]);
    await expect.poll(() => cancelled).toBe(true);
  });

  test("of another call is JSON, whatever it looks like", async () => {
    const { client, socket } = connect();
    const result = client.run("r");
    const other = await socket();
    await other.until(1);
    other.answers(1, { args: file });
    expect(await result).toEqual({ args: file });
  });

  test("of remove is nothing", async () => {
    const { client, socket } = connect();
    const result = client.remove("r");
    const other = await socket();
    await other.until(1);
    other.answers(1, null);
    expect(await result).toBeUndefined();
  });

  test("leaves no listener on the caller's signal, nor does an error", async () => {
    const { client, socket } = connect();
    await rejection(client.run("r", { signal: AbortSignal.abort() }));
    const { signal } = new AbortController();
    const calls = [client.run("r", { signal }), rejection(client.run("r", { signal }))];
    const other = await socket();
    await other.until(2);
    expect(getEventListeners(signal, "abort")).toHaveLength(2);
    other.answers(1, "run");
    other.receives({ jsonrpc: "2.0", id: 2, error: { data: { code: "not_found", message: "No." } } });
    expect(await Promise.all(calls)).toEqual(["run", expect.objectContaining({ code: "not_found" })]);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});

describe("a caller that leaves", () => {
  test("has its call cancelled; its late answer is ignored, and its files are refused", async () => {
    const { client, socket } = connect();
    const leave = new AbortController();
    const call = rejection(client.predict("m", {}, { signal: leave.signal }));
    const other = await socket();
    await other.until(1);
    leave.abort();
    expect(await call).toMatchObject({ code: "cancelled" });
    expect(getEventListeners(leave.signal, "abort")).toHaveLength(0);
    expect(other.messages[1]).toMatchObject({ method: "$/cancel", params: { id: 1 } });
    other.answers(1, { $file: { id: 5, contentType: "text/plain" } });
    expect(other.messages[2]).toMatchObject({ method: "$/drop", params: { attachment: 5 } });
    expect(other.messages).toHaveLength(3);
  });

  test("may do so with an error of its own", async () => {
    const { client, socket } = connect();
    const leave = new AbortController();
    const call = rejection(client.run("r", { signal: leave.signal }));
    const other = await socket();
    await other.until(1);
    leave.abort(new DOMException("too late", "TimeoutError"));
    expect(await call).toMatchObject({ code: "deadline_exceeded" });
    // Its answer is JSON, also if it looks like a file.
    other.answers(1, { $file: { id: 5, contentType: "text/plain" } });
    expect(other.methods).toEqual(["run", "$/cancel"]);
  });
});

describe("items", () => {
  const item = (id: number, value: unknown) => ({ jsonrpc: "2.0", method: "$/item", params: { id, item: value } });
  const event = (id: number, seq: number) => ({ jsonrpc: "2.0", method: "$/event", params: { id, event: { seq } } });

  test("are those of the call, in order, to its answer", async () => {
    const { client, socket } = connect();
    const streams = [client.predictStream("m", {}), client.predictStream("m", {})].map((one) => Array.fromAsync(one));
    const other = await socket();
    await other.until(2);
    for (const value of [1, 0, false, "", null]) other.receives(item(1, value));
    other.receives(item(2, "of two"));
    other.answers(1, null);
    other.answers(2, null);
    expect(await Promise.all(streams)).toEqual([[1, 0, false, "", null], ["of two"]]);
    expect(other.methods).toEqual(["predictStream", "predictStream"]);
  });

  test.each([
    ["predictStream", (client: ConnectedWs) => client.predictStream("m", {}), 8],
    ["watch", (client: ConnectedWs) => client.watch("r"), 128],
  ])("of %s are granted again when half of them were read", async (_method, open, portion) => {
    const { client, socket } = connect();
    const stream = iteratorOf<unknown>(open(client));
    const first = stream.next();
    const other = await socket();
    await other.until(1);
    for (let seq = 1; seq <= 2 * portion; seq++) other.receives(event(1, seq));
    await first;
    for (let taken = 1; taken < portion - 1; taken++) await stream.next();
    expect(other.methods).toHaveLength(1);
    await stream.next();
    const credit = { jsonrpc: "2.0", method: "$/credit", params: { id: 1, items: portion } };
    expect(other.messages.slice(1)).toEqual([credit]);
    for (let taken = 0; taken < portion; taken++) await stream.next();
    expect(other.messages.slice(1)).toEqual([credit, credit]);
    client.close();
  });

  test("that arrived before an error are returned before it", async () => {
    const { client, socket } = connect();
    const stream = iteratorOf(client.predictStream("m", {}));
    const first = stream.next();
    const other = await socket();
    await other.until(1);
    other.receives(item(1, "a"));
    other.receives(item(1, "b"));
    other.receives({ jsonrpc: "2.0", id: 1, error: { data: { code: "internal", message: "No." } } });
    expect([await first, await stream.next()].map(({ value }) => value as unknown)).toEqual(["a", "b"]);
    expect(await rejection(stream.next())).toMatchObject({ code: "internal" });
    expect(other.methods).toEqual(["predictStream"]);
  });

  test("that nobody wants any more are cancelled", async () => {
    const { client, socket } = connect();
    const stream = iteratorOf(client.watch("r"));
    const first = stream.next();
    const other = await socket();
    await other.until(1);
    other.receives(event(1, 1));
    await first;
    await stream.return?.();
    expect(other.messages[1]).toMatchObject({ method: "$/cancel", params: { id: 1 } });
    other.receives(event(1, 2));
    other.answers(1, { $file: { id: 1, contentType: "text/plain" } });
    expect(other.messages).toHaveLength(2);
  });

  test("end when the caller's signal is aborted, also while nothing arrives; no listener is left", async () => {
    const { client, socket } = connect();
    for (const waits of [true, false]) {
      const leave = new AbortController();
      const stream = iteratorOf(client.watch("r", { signal: leave.signal }));
      const first = stream.next();
      const other = await socket();
      const { id = 0 } = (await other.until(waits ? 1 : 3)).at(-1) ?? {};
      other.receives(event(id, 1));
      other.receives(event(id, 2));
      await first;
      if (waits) await stream.next();
      const next = waits ? rejection(stream.next()) : undefined;
      await turn();
      leave.abort();
      expect(await (next ?? rejection(stream.next()))).toMatchObject({ code: "cancelled" });
      expect(getEventListeners(leave.signal, "abort")).toHaveLength(0);
      expect(other.methods.at(-1)).toBe("$/cancel");
    }
  });

  test("leave no listener on a signal that serves many watches", async () => {
    const { client, socket } = connect();
    const { signal } = new AbortController();
    for (let id = 1; id <= 5; id++) {
      const stream = Array.fromAsync(client.watch("r", { signal }));
      const other = await socket();
      await other.until(id);
      other.receives(event(id, 1));
      other.answers(id, null);
      expect(await stream).toEqual([{ seq: 1 }]);
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
    }
  });

  test("end with the connection", async () => {
    const { client, socket } = connect();
    const stream = rejection(Array.fromAsync(client.watch("r")));
    const other = await socket();
    await other.until(1);
    other.closes(1006);
    expect(await stream).toMatchObject({ code: "unavailable" });
    expect(other.methods).toEqual(["watch"]);
  });
});

test("a typed model calls the service", async () => {
  const { client, socket } = connect();
  const call = client.model("m").predict({ x: 1 } as never);
  const other = await socket();
  const [message] = await other.until(1);
  expect(message).toMatchObject({ method: "predict", params: { model: "m", args: { x: 1 } } });
  other.answers(1, 2);
  expect(await call).toBe(2);
});
