// Opening a connection, and opening it again. The other end is the test.
import { getEventListeners } from "node:events";
import { DeepaasError } from "@deepaas/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type FakeSocket, fakeSockets } from "../testing/fake-sockets.ts";
import { connectWs } from "./connect-ws.ts";
import type { ConnectWsOptions } from "./ws-link.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const tick = () => vi.advanceTimersByTimeAsync(0);

function connect(options: ConnectWsOptions = {}, opens = true) {
  const { sockets, WebSocket } = fakeSockets({ opens });
  return { sockets, client: connectWs("http://example.org/base", { WebSocket, ...options }) };
}

const iteratorOf = <T>(items: AsyncIterable<T>) => items[Symbol.asyncIterator]();
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => "ok",
    (error: unknown) => (error as DeepaasError).code,
  );

async function answerAll(socket: FakeSocket): Promise<void> {
  for (const { id } of socket.messages) if (id !== undefined) socket.answers(id, { state: "ready", reasons: [] });
  await tick();
}

describe("a connection", () => {
  test("is opened by the first call, and shared by the others", async () => {
    const { sockets, client } = connect();
    expect(sockets).toHaveLength(0);
    const calls = [client.status(), client.status(), client.status({ requestId: "q" })];
    await tick();
    expect(sockets).toHaveLength(1);
    const [socket] = sockets as [FakeSocket];
    expect([socket.url, socket.protocols, socket.binaryType]).toEqual([
      "ws://example.org/base/v2/ws",
      ["deepaas.v2"],
      "arraybuffer",
    ]);
    await answerAll(socket);
    expect(await Promise.all(calls)).toHaveLength(3);
    const later = client.status();
    await tick();
    expect(sockets).toHaveLength(1);
    await answerAll(socket);
    await later;
  });

  test("is the global WebSocket's without another one, over TLS for https", async () => {
    const { sockets, WebSocket } = fakeSockets();
    vi.stubGlobal("WebSocket", WebSocket);
    const client = connectWs("https://example.org");
    void codeOf(client.status());
    await tick();
    expect(sockets.map(({ url }) => url)).toEqual(["wss://example.org/v2/ws"]);
    client.close();
  });

  test("keeps the path of an address that is one of a WebSocket", async () => {
    const { sockets, WebSocket } = fakeSockets();
    const client = connectWs("ws://example.org/http", { WebSocket });
    void codeOf(client.status());
    await tick();
    expect(sockets.map(({ url }) => url)).toEqual(["ws://example.org/http/v2/ws"]);
    client.close();
  });

  test("that is lost is opened again by the next call, and by that one only", async () => {
    const { sockets, client } = connect();
    const first = codeOf(client.status());
    await tick();
    sockets[0]?.closes(1006);
    expect(await first).toBe("unavailable");
    expect(sockets).toHaveLength(1);
    const calls = [client.status(), client.status()];
    await tick();
    expect(sockets).toHaveLength(2);
    await answerAll(sockets[1] as FakeSocket);
    await Promise.all(calls);
  });

  test("that is closing is not used for a new call", async () => {
    const { sockets, client } = connect();
    const first = client.status();
    await tick();
    await answerAll(sockets[0] as FakeSocket);
    await first;
    (sockets[0] as FakeSocket).readyState = 2;
    const second = client.status();
    await tick();
    expect([sockets.length, sockets[0]?.sent.length]).toEqual([2, 1]);
    await answerAll(sockets[1] as FakeSocket);
    await second;
  });

  test.each([
    ["an error", (socket: FakeSocket) => socket.fails()],
    ["a close", (socket: FakeSocket) => socket.closes(1006)],
  ])("that ends with %s before it is open is unavailable; the next call opens another", async (_name, ends) => {
    const { sockets, client } = connect({}, false);
    const calls = [client.status(), client.status()].map(codeOf);
    await tick();
    ends(sockets[0] as FakeSocket);
    expect(await Promise.all(calls)).toEqual(["unavailable", "unavailable"]);
    expect([sockets.length, vi.getTimerCount()]).toEqual([1, 0]);
    const next = client.status();
    await tick();
    sockets[1]?.opens();
    await tick();
    await answerAll(sockets[1] as FakeSocket);
    expect(await codeOf(next)).toBe("ok");
  });

  test("that cannot be made rejects, and leaves no timer", async () => {
    const Socket = class {
      constructor() {
        throw new SyntaxError("no such sub-protocol");
      }
    };
    const client = connectWs("http://example.org", { WebSocket: Socket as never });
    await expect(client.status()).rejects.toThrow(SyntaxError);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("connectTimeoutMs", () => {
  test.each([
    [undefined, 10_000],
    [50, 50],
  ])("%s: a connection that does not open is unavailable after %i ms, and its socket is closed", async (option, ms) => {
    const { sockets, client } = connect(option === undefined ? {} : { connectTimeoutMs: option }, false);
    let ended = "";
    void codeOf(client.status()).then((code) => (ended = code));
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect([ended, sockets[0]?.closedWith]).toEqual(["", []]);
    await vi.advanceTimersByTimeAsync(1);
    expect([ended, sockets[0]?.closedWith]).toEqual(["unavailable", [undefined]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("its timer is gone once the connection is open", async () => {
    const { sockets, client } = connect({ heartbeatMs: 0 });
    const call = client.status();
    await tick();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(60_000);
    await answerAll(sockets[0] as FakeSocket);
    expect(await codeOf(call)).toBe("ok");
    expect(sockets[0]?.closedWith).toEqual([]);
  });

  test("counts the time in which the token is asked for", async () => {
    const { sockets, client } = connect({ connectTimeoutMs: 50, token: () => new Promise<string>(() => {}) });
    const call = codeOf(client.status());
    await vi.advanceTimersByTimeAsync(50);
    expect([await call, sockets.length]).toEqual(["unavailable", 0]);
  });
});

describe("a token", () => {
  test("is offered as a sub-protocol; a function is called for each connection", async () => {
    let asked = 0;
    const token = async () => `secret ${++asked}`;
    const { sockets, client } = connect({ token });
    void codeOf(client.status());
    await tick();
    sockets[0]?.closes(1006);
    await tick();
    void codeOf(client.status());
    await tick();
    const offered = sockets.map(({ protocols }) => protocols.length);
    expect([asked, offered]).toEqual([2, [2, 2]]);
    expect(sockets[0]?.protocols[0]).toBe("deepaas.v2");
    expect(sockets[0]?.protocols[1]).not.toBe(sockets[1]?.protocols[1]);
    client.close();
  });

  test("may be a string", async () => {
    const { sockets, client } = connect({ token: "secret" });
    void codeOf(client.status());
    await tick();
    expect(sockets[0]?.protocols).toHaveLength(2);
    client.close();
  });

  test("that cannot be had is unauthenticated, with its cause; the function's own DeepaasError is passed on", async () => {
    const cause = new Error("signed out");
    const failing = connect({ token: () => Promise.reject(cause) });
    await expect(failing.client.status()).rejects.toMatchObject({ code: "unauthenticated", cause });
    const own = new DeepaasError("permission_denied", "Not you.");
    const denied = connect({ token: () => Promise.reject(own) });
    await expect(denied.client.status()).rejects.toBe(own);
    expect([failing.sockets.length, denied.sockets.length, vi.getTimerCount()]).toEqual([0, 0, 0]);
  });
});

describe("a caller's signal", () => {
  test("ends the wait for the connection, which others still wait for, and leaves no listener", async () => {
    const { sockets, client } = connect({}, false);
    const leave = new AbortController();
    const left = codeOf(client.status({ signal: leave.signal }));
    const waits = client.status();
    await tick();
    expect(getEventListeners(leave.signal, "abort")).toHaveLength(1);
    leave.abort();
    expect(await left).toBe("cancelled");
    expect(getEventListeners(leave.signal, "abort")).toHaveLength(0);
    sockets[0]?.opens();
    await tick();
    expect(sockets[0]?.methods).toEqual(["status"]);
    await answerAll(sockets[0] as FakeSocket);
    expect(await codeOf(waits)).toBe("ok");
  });

  test("that does not end it leaves no listener, whether the connection opens or not", async () => {
    for (const opens of [true, false]) {
      const { sockets, client } = connect({}, false);
      const { signal } = new AbortController();
      const call = codeOf(client.status({ signal }));
      await tick();
      if (opens) sockets[0]?.opens();
      else sockets[0]?.fails();
      await tick();
      await answerAll(sockets[0] as FakeSocket);
      expect([await call, getEventListeners(signal, "abort").length]).toEqual([opens ? "ok" : "unavailable", 0]);
      client.close();
    }
  });

  test("that was aborted before the call opens nothing", async () => {
    const { sockets, client } = connect();
    const signal = AbortSignal.abort();
    expect(await codeOf(client.status({ signal }))).toBe("cancelled");
    expect(await codeOf(iteratorOf(client.watch("r", { signal })).next())).toBe("cancelled");
    await tick();
    expect(sockets).toHaveLength(0);
  });
});

describe("close", () => {
  test("ends the calls and refuses new ones; a second one changes nothing", async () => {
    const { sockets, client } = connect();
    const call = codeOf(client.status());
    await tick();
    client.close();
    client.close();
    expect(await call).toBe("cancelled");
    expect(await codeOf(client.status())).toBe("cancelled");
    await tick();
    expect(sockets.map(({ closedWith }) => closedWith)).toEqual([[1000]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("gives up the connection that is being opened", async () => {
    const { sockets, client } = connect({}, false);
    const call = codeOf(client.status());
    await tick();
    client.close();
    expect(await call).toBe("cancelled");
    expect([sockets[0]?.closedWith, vi.getTimerCount()]).toEqual([[undefined], 0]);
  });

  test("gives up the wait for a token: no socket is made", async () => {
    const { sockets, client } = connect({ token: () => new Promise<string>(() => {}) });
    const call = codeOf(client.status());
    await tick();
    client.close();
    expect([await call, sockets.length, vi.getTimerCount()]).toEqual(["cancelled", 0, 0]);
  });

  test("in the moment in which the connection opens closes it", async () => {
    const { sockets, client } = connect({}, false);
    const call = codeOf(client.status());
    await tick();
    sockets[0]?.opens();
    client.close();
    expect(await call).toBe("cancelled");
    expect([sockets[0]?.closedWith.length, sockets[0]?.sent, vi.getTimerCount()]).toEqual([1, [], 0]);
  });
});

test("an unknown option is refused, each known one is taken", () => {
  expect(() => connectWs("http://example.org", { heartBeatMs: 1 } as never)).toThrow(TypeError);
  const { WebSocket } = fakeSockets();
  connectWs("http://example.org", { token: "t", WebSocket, connectTimeoutMs: 1, heartbeatMs: 1 });
});
