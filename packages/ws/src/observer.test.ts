// The hooks of an observer are called once for each handshake, watch and RPC call, also if it fails or its client leaves.
import { once } from "node:events";
import { type CallOptions, createHost, DeepaasError, type JsonValue, modelFile, silentLogger } from "@deepaas/core";
import type { AdapterObserver, ObservedRequest, RequestEnd } from "@deepaas/core/ports";
import type { Authenticate } from "@deepaas/protocol/node";
import { rpcSubprotocol, toBearerProtocol } from "@deepaas/protocol/rpc";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { AttachWsOptions } from "./attach-options.ts";
import { rpcPeer } from "./testing/rpc-peer.ts";
import { longLog, refused, serve, serviceOf, steppingHost, watched } from "./testing/serve.ts";

const given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const ofSpan = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";

const byName: Authenticate = (_request, token) => (token === undefined || token === "eve" ? undefined : { id: token });

const idle = serviceOf({ status: async () => ({ state: "ready" }) });

function recording(traceparent?: string) {
  const begun: ObservedRequest[] = [];
  const ends: RequestEnd[] = [];
  const observer: AdapterObserver = {
    request(request) {
      begun.push(request);
      return { traceparent, end: (end) => void ends.push(end) };
    },
  };
  /** Returns what was told since the last call, once `count` requests have ended. */
  const ended = async (count = 1) => {
    await expect.poll(() => ends.length).toBe(count);
    expect(begun).toHaveLength(count);
    const told = begun.splice(0);
    return ends.splice(0).map((end, at) => ({ ...told[at], ...end }));
  };
  return { observer, begun, ends, ended };
}

async function servedHost() {
  const models = {
    m: {
      getPredictArgs: () => ({ n: { type: "integer", default: 1 } as const }),
      predict({ n }: { n: number }) {
        if (n === 0) throw new Error("secret");
        return n;
      },
      async *predictStream() {
        yield 1;
        yield 2;
      },
      train: () => 1,
    },
  };
  return createHost({ models, logger: silentLogger });
}

async function peerOf(service: Parameters<typeof serve>[0], options: AttachWsOptions = {}) {
  const recorded = recording();
  const served = await serve(service, { ...options, observer: recorded.observer, logger: silentLogger });
  const peer = await rpcPeer(served.port);
  await recorded.ended();
  return { ...recorded, served, peer };
}

describe("the hooks of an observer are called once for", () => {
  test("a call", async () => {
    await using host = await servedHost();
    const { peer, ended, served } = await peerOf(host);
    await using _served = served;
    await peer.call("predict", { model: "m", args: {}, requestId: "r-1", traceparent: given });
    expect(await ended()).toEqual([
      {
        adapter: "ws",
        requestId: "r-1",
        traceparent: given,
        method: undefined,
        path: undefined,
        operation: "predict",
        model: "m",
        runId: undefined,
        caller: undefined,
        status: 200,
        error: undefined,
        complete: true,
      },
    ]);
  });

  test("a call that fails, and one that is refused", async () => {
    await using host = await servedHost();
    const { peer, ended, served } = await peerOf(host, { maxSubscriptions: 1 });
    await using _served = served;
    const outcomes: [string, object, object][] = [
      ["predict", { model: "none" }, { model: undefined, status: 404, error: "not_found" }],
      ["predict", { model: "m", args: { n: 0 } }, { model: "m", status: 500, error: "internal" }],
      ["predict", { model: "m", args: { n: "x" } }, { model: "m", status: 422, error: "invalid_args" }],
      ["predict", { model: 1 }, { model: undefined, status: 422, error: "invalid_args" }],
      ["status", { model: "invented" }, { model: undefined, status: 200 }],
      ["predict", { model: "invented", timeoutMs: -1 }, { model: undefined, status: 422, error: "invalid_args" }],
      ["predict", { model: "invented" }, { model: undefined, status: 404, error: "not_found" }],
      ["nothing", { model: "m" }, { operation: undefined, status: 501, error: "not_implemented" }],
      ["run", { id: "none" }, { runId: "none", status: 404 }],
      ["run", { id: "a b/c" }, { runId: undefined, status: 404 }],
      ["predictStream", { model: "m", args: {} }, { model: "m", status: 200, complete: true }],
      ["train", { model: "m", args: {}, runId: "run-1" }, { model: "m", runId: "run-1", status: 200 }],
      ["run", { id: "run-1" }, { model: "m", runId: "run-1", status: 200 }],
      ["watch", { id: "run-1", after: 99 }, { runId: "run-1", status: 416, error: "out_of_range" }],
    ];
    for (const [method, params, end] of outcomes) {
      await peer.call(method, params);
      const operation = method === "nothing" ? undefined : method;
      expect(await ended(), JSON.stringify([method, params])).toMatchObject([{ operation, ...end }]);
    }
    peer.raw("no JSON");
    expect(await ended()).toMatchObject([{ operation: undefined, status: 400, error: "invalid_args", complete: true }]);
  });

  test("a file that fails after its first part", async () => {
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(1)),
      pull: (controller) => controller.error(new Error("the disk is away")),
    });
    const file = modelFile(stream, { contentType: "text/x" });
    const { peer, ended, served } = await peerOf(serviceOf({ predict: async () => file }));
    await using _served = served;
    await peer.call("predict", { model: "m" });
    await peer.until(({ method }) => method === "$/fail");
    expect(await ended()).toMatchObject([{ operation: "predict", status: 200, error: "internal", complete: false }]);
  });

  test("a request id that cannot be sent back or logged gets another", async () => {
    const { peer, begun, ended, served } = await peerOf(serviceOf({ status: async () => ({ state: "ready" }) }));
    await using _served = served;
    await peer.call("status", { requestId: "two\nlines" });
    expect(begun[0]?.requestId).toMatch(/^[\w-]{36}$/);
    await ended();
  });

  test("a call that is cancelled, and calls whose client leaves", async () => {
    const predict = (_model: string, _args: JsonValue, { signal }: CallOptions) =>
      new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error)));
    const { peer, begun, ended, served } = await peerOf(serviceOf({ predict }));
    await using _served = served;
    const answer = peer.call("predict", { model: "m" }, 7);
    peer.note("$/cancel", { id: 7 });
    await answer;
    expect(await ended()).toMatchObject([{ status: 499, error: "cancelled", complete: true }]);
    void peer.call("predict", { model: "m" });
    void peer.call("predict", { model: "m" });
    await expect.poll(() => begun.length).toBe(2);
    peer.ws.terminate();
    const left = { operation: "predict", status: 499, error: "cancelled", complete: false };
    expect(await ended(2)).toMatchObject([left, left]);
  });

  test("the handshake of an RPC connection, when it is open", async () => {
    const { observer, ended } = recording();
    await using served = await serve(idle, { observer, authenticate: byName });
    const headers = { authorization: "Bearer ada", "x-request-id": "r-2", traceparent: given };
    const peer = await rpcPeer(served.port, { headers });
    expect(await ended()).toEqual([
      {
        adapter: "ws",
        requestId: "r-2",
        traceparent: given,
        method: "GET",
        path: "/v2/ws",
        operation: "connect",
        model: undefined,
        runId: undefined,
        caller: "ada",
        status: 101,
        error: undefined,
        complete: true,
      },
    ]);
    peer.ws.terminate();
  });

  test("a handshake that is refused", async () => {
    const { observer, ended } = recording();
    const run = async () => {
      throw new DeepaasError("not_found", "No such run.");
    };
    await using served = await serve(serviceOf({ run }), { observer, authenticate: byName, maxConnections: 1 });
    const authorization = "Bearer ada";
    const open = (path: string, headers: object = { authorization }) => served.open(path, { headers: { ...headers } });

    await refused(open("/v2/runs/a/events?token=secret", {}));
    const path = "/v2/runs/a/events";
    expect(await ended()).toMatchObject([{ path, operation: "runEvents", runId: "a", status: 401 }]);
    await refused(open("/v2/runs/a/events"));
    expect(await ended()).toMatchObject([{ caller: "ada", status: 404, error: "not_found", complete: true }]);
    await refused(open("/v2/ws"));
    expect(await ended()).toMatchObject([{ operation: "connect", status: 400, error: "invalid_args" }]);
    await refused(open("/v2/ws", { origin: "https://example.org" }));
    expect(await ended()).toMatchObject([{ operation: "connect", status: 403, error: "permission_denied" }]);
    await refused(open("/nothing"));
    expect(await ended()).toMatchObject([{ path: "/nothing", operation: undefined, status: 404 }]);

    const stranger = new WebSocket(`ws://127.0.0.1:${served.port}/v2/ws`, [rpcSubprotocol, toBearerProtocol("eve")]);
    const [code] = await once(stranger, "close");
    expect(code).toBe(4401);
    expect(await ended()).toMatchObject([{ operation: "connect", status: 401, error: "unauthenticated" }]);

    const peer = await rpcPeer(served.port, { headers: { authorization } });
    await ended();
    await refused(open("/v2/ws"));
    expect(await ended()).toMatchObject([{ status: 503, error: "overloaded" }]);
    peer.ws.terminate();
  });

  test("a handshake that is malformed", async () => {
    const { observer, ended } = recording();
    await using served = await serve(idle, { observer });
    const headers = { "Sec-WebSocket-Key": "none", "Sec-WebSocket-Protocol": rpcSubprotocol };
    const upgrade = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13" };
    const { get } = await import("node:http");
    const request = get({ port: served.port, path: "/v2/ws", headers: { ...upgrade, ...headers } });
    const [response] = await once(request, "response");
    response.resume();
    expect(await ended()).toMatchObject([{ operation: "connect", status: 400, error: "invalid_args", complete: true }]);
  });

  test("a watch, when its socket is closed: after the last event, by its client, by the server", async () => {
    const { host, step } = await steppingHost();
    await using _host = host;
    const { observer, ends, ended } = recording();
    await using served = await serve(host, { observer });
    const { id } = await host.train("stepping", { steps: 1 });
    const watch = { path: `/v2/runs/${id}/events`, operation: "runEvents", model: "stepping", runId: id, status: 101 };

    const leaving = served.open(watch.path);
    await once(leaving, "message");
    expect(ends).toEqual([]);
    leaving.close();
    expect(await ended()).toMatchObject([{ ...watch, error: "cancelled", complete: false }]);

    const seen = watched(served.open(watch.path));
    await expect.poll(() => served.attached.connections).toBe(1);
    const stepped = () => {
      step(id);
      return served.attached.connections;
    };
    await expect.poll(stepped).toBe(0);
    expect((await seen).code).toBe(1000);
    expect(await ended()).toMatchObject([{ ...watch, error: undefined, complete: true }]);

    const other = await host.train("stepping", { steps: 1 });
    const last = served.open(`/v2/runs/${other.id}/events`);
    await once(last, "message");
    await served.attached.close({ drainMs: 1_000 });
    expect(await ended()).toMatchObject([{ status: 101, error: "unavailable", complete: false }]);
  });

  test("a watch that fails", async () => {
    const { observer, ended } = recording();
    const { service } = longLog(3, "");
    const watch = async function* () {
      yield { seq: 1 };
      throw new DeepaasError("not_found", "It was removed.");
    };
    await using served = await serve(serviceOf({ run: service.run.bind(service), watch }), { observer });
    expect((await watched(served.open("/v2/runs/a/events"))).code).toBe(4404);
    expect(await ended()).toMatchObject([{ status: 101, error: "not_found", complete: false }]);
  });
});

test("the span of an observer is the parent of a call and of a watch", async () => {
  const calls: (string | undefined)[] = [];
  const note = ({ traceparent }: CallOptions = {}) => void calls.push(traceparent);
  const parts = {
    status: async (options: CallOptions) => note(options),
    async run(_id: string, options: CallOptions) {
      note(options);
      return { firstSeq: 1, lastSeq: 1 };
    },
    async *watch(_id: string, options: CallOptions) {
      note(options);
      yield* [];
    },
  };
  for (const traceparent of [undefined, ofSpan]) {
    const { observer } = recording(traceparent);
    await using served = await serve(serviceOf(parts), { observer });
    const peer = await rpcPeer(served.port);
    await peer.call("status", { traceparent: given });
    await watched(served.open("/v2/runs/a/events", { headers: { traceparent: given } }));
    peer.ws.terminate();
  }
  expect(calls).toEqual([given, given, given, ofSpan, ofSpan, ofSpan]);
});

test("observer must be an object or a list of them", async () => {
  await expect(serve(idle, { observer: 1 as never })).rejects.toThrow("attachWs: observer must be");
});
