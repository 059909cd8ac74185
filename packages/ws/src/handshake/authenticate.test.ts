// Who connects is found out before the upgrade, within a time, and known to every call.
import { getEventListeners, once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { type CallOptions, DeepaasError } from "@deepaas/core";
import { type Authenticate, noteRestAuthenticates } from "@deepaas/protocol/node";
import { rpcSubprotocol, toBearerProtocol } from "@deepaas/protocol/rpc";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { attachWs } from "../node.ts";
import { rpcPeer } from "../testing/rpc-peer.ts";
import { longLog, refused, serve, serviceOf, watched } from "../testing/serve.ts";

/** Whose token is their own name. */
const byName: Authenticate = (_request, token) => {
  if (token === "banned") throw new DeepaasError("permission_denied", "Not you.");
  return token === undefined || token === "stranger" ? undefined : { id: token, scopes: ["all"] };
};

/** Says who called what. */
function heard() {
  const calls: unknown[] = [];
  const { service } = longLog(1, "");
  const hear =
    <A extends unknown[], R>(name: string, method: (...args: A) => R) =>
    (...args: A) => {
      calls.push([name, (args.at(-1) as CallOptions).caller?.id]);
      return method(...args);
    };
  const parts = {
    run: hear("run", service.run as (...args: unknown[]) => unknown),
    watch: hear("watch", service.watch as (...args: unknown[]) => unknown),
    predict: hear("predict", async (..._args: unknown[]) => 1),
  };
  return { calls, service: serviceOf(parts) };
}

const eventsPath = "/v2/runs/a/events";
const offering = (token: string) => [rpcSubprotocol, toBearerProtocol(token)];

describe("a client that says who it is", () => {
  test("WS-56, WS-57: by its Authorization header is the caller of all its calls", async () => {
    const { calls, service } = heard();
    await using served = await serve(service, { authenticate: byName });
    const headers = { authorization: "Bearer ada" };
    const peer = await rpcPeer(served.port, { headers });
    await peer.call("predict", { model: "m" });
    await peer.call("watch", { id: "a" });
    await watched(served.open(eventsPath, { headers }));
    expect(calls).toEqual([
      ["predict", "ada"],
      ["watch", "ada"],
      ["run", "ada"],
      ["watch", "ada"],
    ]);
  });

  test("WS-57: by a sub-protocol is so too, and is not told its token", async () => {
    const { calls, service } = heard();
    await using served = await serve(service, { authenticate: byName });
    const ws = new WebSocket(`ws://127.0.0.1:${served.port}/v2/ws`, offering("grüß\u{1f600}"));
    const [response] = (await once(ws, "upgrade")) as [{ headers: Record<string, string> }];
    expect(response.headers["sec-websocket-protocol"]).toBe(rpcSubprotocol);
    ws.send('{"jsonrpc":"2.0","id":1,"method":"predict","params":{"model":"m"}}');
    await once(ws, "message");
    ws.terminate();
    const watching = new WebSocket(`ws://127.0.0.1:${served.port}${eventsPath}`, offering("eve").toReversed());
    expect((await watched(watching)).code).toBe(1000);
    expect(watching.protocol).toBe(rpcSubprotocol);
    expect(calls).toEqual([
      ["predict", "grüß\u{1f600}"],
      ["run", "eve"],
      ["watch", "eve"],
    ]);
  });

  test("WS-57: by both is who the header says", async () => {
    const { calls, service } = heard();
    await using served = await serve(service, { authenticate: byName });
    const headers = { authorization: "bearer  ada " };
    const url = `ws://127.0.0.1:${served.port}${eventsPath}`;
    await watched(new WebSocket(url, offering("eve"), { headers }));
    expect(calls.at(-1)).toEqual(["watch", "ada"]);
  });

  test("WS-57: where nobody asks has no token told back either, and no caller", async () => {
    const { calls, service } = heard();
    await using served = await serve(service);
    const ws = new WebSocket(`ws://127.0.0.1:${served.port}${eventsPath}`, offering("eve").toReversed());
    await watched(ws);
    expect([ws.protocol, calls.at(-1)]).toEqual([rpcSubprotocol, ["watch", undefined]]);
  });

  test("is asked with its request, once for a connection", async () => {
    const asked: unknown[] = [];
    const authenticate: Authenticate = async ({ url, headers }, token) => {
      asked.push([url, headers["x-key"], token]);
      return { id: "1" };
    };
    await using served = await serve(heard().service, { authenticate });
    const peer = await rpcPeer(served.port, { headers: { "x-key": "k", authorization: "Basic YTpi" } });
    for (let i = 0; i < 3; i++) await peer.call("predict", { model: "m" });
    expect(asked).toEqual([["/v2/ws", "k", undefined]]);
  });
});

describe("WS-56: a client that offers the sub-protocol is told by a close code", () => {
  test.each([
    ["4401: without a token", [rpcSubprotocol], {}, 4401],
    ["4401: with one that is not valid", offering("stranger"), {}, 4401],
    ["4401: with one that cannot be read", [rpcSubprotocol, "deepaas.bearer.a"], {}, 4401],
    ["4401: with another scheme", [rpcSubprotocol], { authorization: "Basic YTpi" }, 4401],
    ["4403: who is known and may not", offering("banned"), {}, 4403],
  ])("%s, at both URLs", async (_, protocols, headers, code) => {
    const { calls, service } = heard();
    await using served = await serve(service, { authenticate: byName });
    for (const path of ["/v2/ws", eventsPath]) {
      const ws = new WebSocket(`ws://127.0.0.1:${served.port}${path}`, protocols, { headers });
      ws.once("open", () => ws.send('{"jsonrpc":"2.0","id":1,"method":"predict","params":{"model":"m"}}'));
      const closed = await watched(ws);
      expect([closed.code, closed.events]).toEqual([code, []]);
      expect(closed.reason).toMatch(code === 4401 ? /^unauthenticated: / : "permission_denied: Not you.");
    }
    expect(calls).toEqual([]);
    await expect.poll(() => served.attached.connections).toBe(0);
  });
});

describe("WS-56: any other is refused before the upgrade", () => {
  const eventsUrl = (port: number) => `ws://127.0.0.1:${port}${eventsPath}`;
  const never = () => new Promise<never>(() => {});

  test.each([
    ["without a token", {}, "Bearer"],
    ["with one that is not valid", { authorization: "Bearer stranger" }, 'Bearer error="invalid_token"'],
    ["with another scheme", { authorization: "Basic YTpi" }, "Bearer"],
  ])("401: a client %s", async (_, headers, challenge) => {
    const { calls, service } = heard();
    await using served = await serve(service, { authenticate: byName });
    const answer = await refused(served.open(eventsPath, { headers }));
    expect([answer.status, answer.headers["www-authenticate"]]).toEqual([401, challenge]);
    expect(JSON.parse(answer.body)).toMatchObject({ status: 401, code: "unauthenticated" });
    expect(calls).toEqual([]);
  });

  test("401: a client of whom nothing is known after authenticateMs; one that is being asked about longer waits", async () => {
    await using served = await serve(heard().service, { authenticate: never, authenticateMs: 50 });
    await using patient = await serve(heard().service, { authenticate: never });
    const waiting = new WebSocket(eventsUrl(patient.port));
    const waited = refused(waiting);
    const { status } = await refused(new WebSocket(eventsUrl(served.port)));
    expect([status, waiting.readyState]).toEqual([401, WebSocket.CONNECTING]);
    // And who still waits when the server closes is told so.
    await patient.attached.close();
    expect((await waited).status).toBe(503);
  });

  test.each<[number, unknown]>([
    [403, new DeepaasError("permission_denied", "Not you.")],
    [429, new DeepaasError("rate_limited", "Not now.", { retryAfterMs: 2_500 })],
    [500, new Error("secret")],
  ])("%i: as authenticate throws it, and only a fault is logged", async (status, thrown) => {
    const logged: unknown[] = [];
    const logger = { debug() {}, info() {}, warn() {}, error: (...line: unknown[]) => logged.push(line) };
    const authenticate = () => {
      throw thrown;
    };
    await using served = await serve(heard().service, { authenticate, logger });
    const answer = await refused(new WebSocket(eventsUrl(served.port)));
    expect([answer.status, answer.headers["retry-after"]]).toEqual([status, status === 429 ? "3" : undefined]);
    expect(answer.body).not.toContain("secret");
    expect(logged).toHaveLength(status === 500 ? 1 : 0);
  });

  test("a client takes its place while it is asked about, and gives it back when it leaves", async () => {
    let asked = 0;
    const authenticate: Authenticate = (_request, token) => {
      asked++;
      return token === "ada" ? { id: token } : never();
    };
    await using served = await serve(heard().service, { authenticate, authenticateMs: 600_000, maxConnections: 1 });
    const first = connect(served.port, "127.0.0.1");
    first.write(
      `GET ${eventsPath} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    );
    await expect.poll(() => asked).toBe(1);
    const headers = { authorization: "Bearer ada" };
    expect((await refused(served.open(eventsPath, { headers }))).status).toBe(503);
    first.resetAndDestroy();
    const outcome = async () => {
      const ws = served.open(eventsPath, { headers });
      return Promise.race([watched(ws).then(({ code }) => code), refused(ws).then(({ status }) => status)]);
    };
    await expect.poll(outcome).toBe(1000);
  });
});

describe("a grant in the URL", () => {
  test("WS-57: is the token of a watcher, a key there is not", async () => {
    const { calls, service } = heard();
    await using served = await serve(service, { authenticate: byName });
    expect((await watched(served.open(`${eventsPath}?after=0&grant=grant.eve`))).code).toBe(1000);
    expect(calls.at(-1)).toEqual(["watch", "grant.eve"]);
    const answer = await refused(served.open(`${eventsPath}?grant=eve`));
    expect([answer.status, answer.headers["www-authenticate"]]).toEqual([401, "Bearer"]);
  });
});

describe("WS-62: credentials that end", () => {
  const expired = new DeepaasError("unauthenticated", "The credentials have expired.");

  test("close every connection of their caller with 4401, in the middle of its calls", async () => {
    const credentials = new AbortController();
    const ended: unknown[] = [];
    async function* watch(_id: string, { signal }: CallOptions) {
      yield { seq: 1, at: "", type: "started" };
      await new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    }
    const service = serviceOf({
      run: async () => ({ firstSeq: 1, lastSeq: 1 }),
      watch,
      predict: (_model: string, _args: unknown, { signal }: CallOptions) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener("abort", () => {
            ended.push("predict");
            reject(signal.reason);
          });
        }),
    });
    const authenticate: Authenticate = () => ({ id: "ada", signal: credentials.signal });
    await using served = await serve(service, { authenticate });
    const watching = served.open(eventsPath);
    const seen = watched(watching);
    await once(watching, "message");
    const peer = await rpcPeer(served.port);
    const closed = once(peer.ws, "close");
    peer.ws.send('{"jsonrpc":"2.0","id":1,"method":"predict","params":{"model":"m"}}');
    peer.ws.send('{"jsonrpc":"2.0","method":"$/ping"}');
    await once(peer.ws, "message");
    credentials.abort(expired);
    const reason = "unauthenticated: The credentials have expired.";
    expect(await seen).toEqual({ events: [{ seq: 1, at: "", type: "started" }], code: 4401, reason });
    const [code, text] = await closed;
    expect([code, String(text)]).toEqual([4401, reason]);
    expect(ended).toEqual(["predict"]);
    await expect.poll(() => served.attached.connections).toBe(0);
  });

  test("before the connection are refused, whatever the reason of their signal is", async () => {
    for (const [reason, sentence] of [
      [expired, expired.message],
      [undefined, "The credentials are no longer valid."],
    ] as const) {
      await using served = await serve(heard().service, {
        authenticate: () => ({ id: "ada", signal: AbortSignal.abort(reason) }),
      });
      const answer = await refused(served.open(eventsPath));
      expect([answer.status, JSON.parse(answer.body).detail]).toEqual([401, sentence]);
    }
  });

  test("leave no listener when the connection is closed before", async () => {
    const { signal } = new AbortController();
    await using served = await serve(longLog(1, "").service, { authenticate: () => ({ id: "ada", signal }) });
    await watched(served.open(eventsPath));
    await expect.poll(() => served.attached.connections).toBe(0);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

describe("without authenticate", () => {
  const { service } = longLog(1, "");
  const collected = () => {
    const warned: string[] = [];
    const silent = () => {};
    const logger = { debug: silent, info: silent, warn: (_: object, text: string) => warned.push(text), error: silent };
    return { warned, logger };
  };

  test("a server of createServer that has it is refused", async () => {
    const server = createServer();
    const { logger } = collected();
    noteRestAuthenticates(server, "createServer", logger);
    expect(() => attachWs(server, service)).toThrow("attachWs: authenticate is missing");
    await attachWs(server, service, { authenticate: byName }).close();
  });

  test("a server with a middleware that has it is warned of, once", async () => {
    for (const order of ["rest first", "attachWs first"]) {
      const server = createServer();
      const { warned, logger } = collected();
      const note = () => noteRestAuthenticates(server, "rest", logger);
      if (order === "rest first") note();
      const attached = attachWs(server, service, { logger });
      expect(warned).toHaveLength(order === "rest first" ? 1 : 0);
      note();
      note();
      expect(warned).toEqual([expect.stringContaining("WebSocket calls are not authenticated")]);
      await attached.close();
    }
  });

  test("a server without any is none of its business", async () => {
    const { warned, logger } = collected();
    await attachWs(createServer(), service, { logger }).close();
    expect(warned).toEqual([]);
  });
});
