// What a connection does with what its server sends, or does not send. The other end is the test.
import { DeepaasError } from "@deepaas/core";
import { frameKinds, toBinaryFrame } from "@deepaas/protocol/rpc";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type FakeSocket, fakeSockets } from "../testing/fake-sockets.ts";
import { connectWs } from "./connect-ws.ts";
import { WsConnection } from "./ws-connection.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const tick = () => vi.advanceTimersByTimeAsync(0);

async function connected(heartbeatMs = 0) {
  const { sockets, WebSocket } = fakeSockets();
  const client = connectWs("http://example.org", { WebSocket, heartbeatMs });
  const call = settled(client.status());
  await tick();
  return { client, call, socket: sockets[0] as FakeSocket, sockets };
}

/** The outcome of a call so far. */
function settled(call: Promise<unknown>) {
  const outcome: { value?: unknown; error?: DeepaasError } = {};
  call.then(
    (value) => (outcome.value = value),
    (error: DeepaasError) => (outcome.error = error),
  );
  return outcome;
}

describe("a heartbeat", () => {
  test("is sent only while a call waits", async () => {
    const { client, socket } = await connected(1_000);
    await vi.advanceTimersByTimeAsync(999);
    expect(socket.methods).toEqual(["status"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(socket.methods).toEqual(["status", "$/ping"]);
    socket.answers(1, null);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(socket.methods).toEqual(["status", "$/ping"]);
    client.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("that nothing follows for one more interval ends the connection", async () => {
    const { call, socket } = await connected(1_000);
    await vi.advanceTimersByTimeAsync(1_999);
    expect([call.error, socket.closedWith]).toEqual([undefined, []]);
    await vi.advanceTimersByTimeAsync(1);
    expect(call.error).toMatchObject({ code: "unavailable", message: "The server has gone silent." });
    expect([socket.closedWith, vi.getTimerCount()]).toEqual([[1000], 0]);
    expect(socket.methods).toEqual(["status", "$/ping"]);
  });

  test("is answered by whatever the server sends", async () => {
    const { call, socket } = await connected(1_000);
    for (let second = 0; second < 10; second++) {
      await vi.advanceTimersByTimeAsync(1_000);
      socket.receives({ jsonrpc: "2.0", method: "$/pong", params: {} });
    }
    expect([call.error, socket.closedWith]).toEqual([undefined, []]);
    expect(socket.methods.filter((method) => method === "$/ping")).toHaveLength(10);
  });

  test("gives a call after a long silence without calls its two intervals", async () => {
    const { client, socket } = await connected(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    socket.answers(1, null);
    await vi.advanceTimersByTimeAsync(60_000);
    const late = settled(client.status());
    await vi.advanceTimersByTimeAsync(1_999);
    expect(late.error).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(late.error).toMatchObject({ code: "unavailable" });
  });

  test("is not sent with an interval of 0", async () => {
    const { call, socket } = await connected(0);
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(600_000);
    expect([socket.methods, call.error]).toEqual([["status"], undefined]);
  });

  test("is sent every 15 s by default", async () => {
    const { sockets, WebSocket } = fakeSockets();
    const client = connectWs("http://example.org", { WebSocket });
    settled(client.status());
    await vi.advanceTimersByTimeAsync(14_999);
    expect(sockets[0]?.methods).toEqual(["status"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sockets[0]?.methods).toEqual(["status", "$/ping"]);
  });
});

describe("a close by the server", () => {
  test.each([
    [1006, "", "unavailable", "The connection closed (1006)."],
    [1001, "the server is stopping", "unavailable", "the server is stopping"],
    [1013, "overloaded: too many connections", "overloaded", "too many connections"],
    [4401, "unauthenticated: Bad token.", "unauthenticated", "Bad token."],
    [4403, "permission_denied: Host not allowed.", "permission_denied", "Host not allowed."],
    [4400, "see invalid_args: no", "unavailable", "see invalid_args: no"],
  ])("with %i %j ends every call with its error", async (code, reason, expected, message) => {
    const { client, call, socket } = await connected(1_000);
    const other = settled(client.models());
    await tick();
    socket.closes(code, reason);
    await tick();
    expect([call.error, other.error]).toEqual([
      expect.objectContaining({ code: expected, message }),
      expect.objectContaining({ code: expected, message }),
    ]);
    expect([vi.getTimerCount(), socket.closedWith]).toEqual([0, []]);
  });

  test("ends a call once: what follows is ignored", async () => {
    const { call, socket } = await connected();
    socket.closes(1013);
    socket.closes(1006);
    socket.answers(1, "late");
    await tick();
    expect([call.error?.code, call.value]).toEqual(["overloaded", undefined]);
  });
});

describe("a message", () => {
  test.each([
    "no JSON",
    new Uint8Array([9, 9]),
    toBinaryFrame({ kind: frameKinds.filePart, id: 3, content: new Uint8Array(1) }),
  ])("that is not understood ends the connection", async (message) => {
    const { call, socket } = await connected();
    socket.receives(message);
    await tick();
    expect(call.error).toMatchObject({ code: "unavailable", message: expect.stringContaining("invalid message") });
    expect(socket.closedWith).toEqual([1000]);
  });

  test.each([
    { jsonrpc: "2.0", method: "$/pong" },
    { jsonrpc: "2.0", method: "$/later", params: { id: 1, item: 1, event: 1 } },
    { jsonrpc: "2.0", method: "$/event", params: { id: 1 } },
    { jsonrpc: "2.0", method: "$/item", params: { id: 9, item: 1 } },
    { jsonrpc: "2.0", method: "$/event", params: { event: 1 } },
    { jsonrpc: "2.0", id: null, error: { code: -32700, message: "" } },
    { jsonrpc: "2.0", result: 1 },
    { jsonrpc: "2.0", id: 9, result: 1 },
    { jsonrpc: "2.0", id: 9, error: { data: { code: "internal", message: "" } } },
  ])("that concerns no call is ignored: %j", async (message) => {
    const { call, socket } = await connected();
    socket.receives(message);
    await tick();
    expect([call, socket.closedWith]).toEqual([{}, []]);
    socket.answers(1, "ready");
    await tick();
    expect(call.value).toBe("ready");
  });

  test("that is longer than a frame arrives in parts", async () => {
    const { call, socket } = await connected();
    const text = JSON.stringify({ jsonrpc: "2.0", id: 1, result: "in parts" });
    const bytes = new TextEncoder().encode(text);
    const frame = (kind: 2 | 3, from: number, to?: number) =>
      toBinaryFrame({ kind, id: 1, content: bytes.slice(from, to) });
    socket.receives(frame(frameKinds.messagePart, 0, 10));
    await tick();
    expect(call).toEqual({});
    socket.receives(frame(frameKinds.messageEnd, 10));
    await tick();
    expect(call.value).toBe("in parts");
  });

  test("without a result is null", async () => {
    const { call, socket } = await connected();
    socket.receives({ jsonrpc: "2.0", id: 1 });
    await tick();
    expect(call).toEqual({ value: null });
  });

  test("with an error rejects with its data, or with internal", async () => {
    const { client, call, socket } = await connected();
    const other = settled(client.status());
    await tick();
    const data = { code: "overloaded", message: "Too many.", retryAfterMs: 5 };
    socket.receives({ jsonrpc: "2.0", id: 1, error: { code: 1, message: "Too many.", data } });
    socket.receives({ jsonrpc: "2.0", id: 2, error: { code: 1, message: "?" } });
    await tick();
    expect(call.error).toMatchObject(data);
    expect(other.error).toMatchObject({ code: "internal" });
  });

  test("is not sent on a socket that is closing", async () => {
    const { socket } = await connected();
    const connection = new WsConnection(socket, 0);
    expect(connection.usable).toBe(true);
    connection.note("$/ping", {});
    expect(socket.methods).toEqual(["status", "$/ping"]);
    socket.readyState = 2;
    expect(connection.usable).toBe(false);
    connection.note("$/ping", {});
    expect(socket.methods).toEqual(["status", "$/ping"]);
  });
});

describe("an ended connection", () => {
  const reason = new DeepaasError("cancelled", "The client was closed.");
  const pending = (id: string | number, fail: (error: DeepaasError) => void) => ({
    id,
    givesFiles: false,
    answer: () => {},
    fail,
    item: () => {},
  });

  test("refuses a call that starts after its end, and sends nothing more", async () => {
    const { socket } = await connected();
    const connection = new WsConnection(socket, 0);
    connection.end(reason);
    expect([connection.usable, socket.closedWith]).toEqual([false, [1000]]);
    socket.readyState = 1;
    const errors: DeepaasError[] = [];
    connection.start(
      pending(1, (error) => errors.push(error)),
      "status",
      {},
    );
    connection.note("$/ping", {});
    expect(errors).toEqual([reason]);
    expect([connection.usable, socket.methods]).toEqual([false, ["status"]]);
  });

  test("keeps its first error, fails each call once, and closes the socket once", async () => {
    const { socket } = await connected();
    const connection = new WsConnection(socket, 0);
    const errors: DeepaasError[] = [];
    connection.start(
      pending(connection.nextId(), (error) => errors.push(error)),
      "status",
      {},
    );
    connection.end(reason);
    socket.readyState = 1;
    connection.end(new DeepaasError("internal", "Later."));
    expect(errors).toEqual([reason]);
    expect(socket.closedWith).toEqual([1000]);
  });

  test("does not close a socket that is closed", async () => {
    const { socket } = await connected();
    const connection = new WsConnection(socket, 0);
    socket.readyState = 3;
    connection.end(reason);
    expect(socket.closedWith).toEqual([]);
  });

  test("leaving a call that is not in progress sends nothing", async () => {
    const { socket } = await connected();
    const connection = new WsConnection(socket, 0);
    connection.leave(pending(7, () => {}));
    expect(socket.methods).toEqual(["status"]);
  });
});
