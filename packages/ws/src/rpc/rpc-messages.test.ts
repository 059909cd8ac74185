// What the RPC endpoint says to what it is told: `PROTOCOL.md` of `@deepaas/protocol`.
import { DeepaasError, type JsonValue } from "@deepaas/core";
import { rpcMessageSchemas } from "@deepaas/protocol/rpc";
import { describe, expect, test } from "vitest";
import { echo, rpcPeer } from "../testing/rpc-peer.ts";
import { refused, serve, serviceOf } from "../testing/serve.ts";

describe("connecting", () => {
  test("WS-1: a client that does not offer deepaas.v2 is refused with 400; to one that does it is selected", async () => {
    await using served = await serve(serviceOf(echo));
    const { status, body } = await refused(served.open("/v2/ws"));
    expect([status, JSON.parse(body)]).toMatchObject([400, { code: "invalid_args" }]);
    const { ws } = await rpcPeer(served.port);
    expect(ws.protocol).toBe("deepaas.v2");
    expect(served.attached.connections).toBe(1);
  });

  test("WS-2: a foreign page is refused with 403, one connection too many and a newcomer at the end with 503", async () => {
    await using served = await serve(serviceOf(echo), { maxConnections: 1, drainMs: 50 });
    const headers = { "Sec-WebSocket-Protocol": "deepaas.v2" };
    const foreign = served.open("/v2/ws", { headers: { ...headers, Origin: "https://example.org" } });
    expect((await refused(foreign)).status).toBe(403);
    const peer = await rpcPeer(served.port);
    expect(await refused(served.open("/v2/ws", { headers }))).toMatchObject({
      status: 503,
      headers: { "retry-after": "5" },
    });
    void served.attached.close();
    expect((await refused(served.open("/v2/ws", { headers }))).status).toBe(503);
    await peer.closed;
  });
});

describe("calls", () => {
  test("WS-8, WS-9: each is answered once, with its own id, whatever kind that is", async () => {
    await using served = await serve(serviceOf(echo));
    const peer = await rpcPeer(served.port);
    const ids = ["a", "x".repeat(128), 0, -7, 2 ** 53 - 1];
    const answers = await Promise.all(ids.map((id) => peer.call("predict", { model: "m", args: { id } }, id)));
    expect(answers).toEqual(ids.map((id) => ({ jsonrpc: "2.0", id, result: { id } })));
    expect(await peer.call("predict", { model: "m", args: 2 }, "a")).toBeDefined();
    await peer.until(({ result }) => result === 2);
    expect(peer.texts).toHaveLength(ids.length + 1);
  });

  test("WS-10: they begin in the order in which they came, run side by side and are answered as they end", async () => {
    const begun: JsonValue[] = [];
    const gates = Array.from({ length: 4 }, () => Promise.withResolvers<number>());
    const predict = async (_model: string, args: number) => {
      begun.push(args);
      return gates[args]?.promise;
    };
    await using served = await serve(serviceOf({ predict }));
    const peer = await rpcPeer(served.port);
    const calls = gates.map((_, i) => peer.call("predict", { model: "m", args: i }));
    await expect.poll(() => begun).toEqual([0, 1, 2, 3]);
    for (const i of [3, 1, 0, 2]) {
      gates[i]?.resolve(i);
      await calls[i];
    }
    expect(peer.texts.map(({ result }) => result as number)).toEqual([3, 1, 0, 2]);
  });

  test("WS-11: every method reaches the service with its params, id and time", async () => {
    const seen: unknown[][] = [];
    const note =
      (name: string) =>
      async (...given: readonly unknown[]) => {
        seen.push([
          name,
          ...given.map((one) => ((one as { signal?: unknown })?.signal ? { ...(one as object), signal: 0 } : one)),
        ]);
        return null;
      };
    const names = ["models", "describe", "predict", "train", "run", "runs", "cancel", "remove", "artifact"];
    await using served = await serve(serviceOf(Object.fromEntries(names.map((name) => [name, note(name)]))));
    const peer = await rpcPeer(served.port);
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const extra = { requestId: "r", timeoutMs: 5_000, traceparent, later: "ignored" };
    const options = { requestId: "r", timeoutMs: 5_000, traceparent, signal: 0 };
    const calls: [string, object, unknown[]][] = [
      ["models", {}, []],
      ["describe", { model: "m" }, ["m"]],
      ["predict", { model: "m", args: { a: 1 } }, ["m", { a: 1 }]],
      ["run", { id: "i" }, ["i"]],
      ["runs", { filter: { limit: 3 } }, [{ limit: 3 }]],
      ["cancel", { id: "i" }, ["i"]],
      ["remove", { id: "i" }, ["i"]],
      ["artifact", { id: "i", name: "n" }, ["i", "n"]],
    ];
    for (const [method, params] of calls) await peer.call(method, { ...params, ...extra });
    expect(seen).toEqual(calls.map(([method, , given]) => [method, ...given, options]));
    await peer.call("train", { model: "m", args: {}, runId: "r1", ...extra });
    expect(seen.at(-1)).toEqual(["train", "m", {}, { ...options, runId: "r1" }]);
    await peer.call("run", { id: "i", traceparent: "00-not-a-trace" });
    expect(seen.at(-1)).toEqual(["run", "i", { requestId: expect.any(String), signal: 0 }]);
    expect(Object.keys(rpcMessageSchemas)).toEqual(expect.arrayContaining(names));
  });

  test("WS-12: an error has the code of JSON-RPC and our own data; what is not ours is internal and says nothing", async () => {
    const predict = async (_model: string, args: string) => {
      if (args === "ours") throw new DeepaasError("out_of_range", "m", { first: 1, last: 2 });
      throw new Error("a secret");
    };
    await using served = await serve(serviceOf({ predict }));
    const peer = await rpcPeer(served.port);
    const data = { code: "out_of_range", message: "m", first: 1, last: 2 };
    expect((await peer.call("predict", { model: "m", args: "ours" })).error).toEqual({
      code: -32010,
      message: "m",
      data,
    });
    const other = await peer.call("predict", { model: "m", args: "other" });
    expect(other.error).toMatchObject({ code: -32603, data: { code: "internal" } });
    expect(JSON.stringify(other)).not.toContain("secret");
  });

  test("WS-13: $/cancel aborts the model, and the call is answered once with cancelled; of another call it says nothing", async () => {
    const aborted = Promise.withResolvers<unknown>();
    const predict = (_model: string, _args: unknown, { signal }: { signal: AbortSignal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          aborted.resolve(signal.reason);
          reject(signal.reason as Error);
        });
      });
    await using served = await serve(serviceOf({ predict }));
    const peer = await rpcPeer(served.port);
    const call = peer.call("predict", { model: "m" }, "one");
    peer.note("$/cancel", { id: "two" });
    peer.note("$/cancel", {});
    peer.note("$/cancel", { id: "one" });
    expect((await call).error).toMatchObject({ code: -32099, data: { code: "cancelled" } });
    expect(await aborted.promise).toMatchObject({ code: "cancelled" });
    peer.note("$/cancel", { id: "one" });
    peer.note("$/ping", {});
    await peer.until(({ method }) => method === "$/pong");
    expect(peer.texts).toHaveLength(2);
  });

  test("WS-14, WS-34, WS-48: notes and members that are not known are ignored; $/ping is answered", async () => {
    await using served = await serve(serviceOf(echo));
    const peer = await rpcPeer(served.port);
    for (const method of ["$/later", "predict", "$/ack", "$/drop", "$/fail", "$/credit"]) peer.note(method, { a: 1 });
    peer.raw('{"jsonrpc":"2.0","method":"$/later"}');
    peer.raw('{"jsonrpc":"2.0","method":"$/fail","params":[1]}');
    peer.note("$/ping", { later: 1 });
    await peer.until(({ method }) => method === "$/pong");
    expect(peer.texts).toHaveLength(1);
  });
});

describe("invalid input", () => {
  test.each([
    ["WS-38: text that is not JSON", "{", -32700, null],
    ["WS-38: JSON of more than 200 levels", "[".repeat(500_000), -32700, null],
    ["WS-38: nothing", "", -32700, null],
    ["WS-8, WS-39: a batch", '[{"jsonrpc":"2.0","id":1,"method":"models"}]', -32600, null],
    ["WS-39: no object", "7", -32600, null],
    ["WS-39: another version", '{"jsonrpc":"1.0","id":1,"method":"models"}', -32600, 1],
    ["WS-39: no method", '{"jsonrpc":"2.0","id":"a","params":{}}', -32600, "a"],
    ["WS-9, WS-39: an id that is none", '{"jsonrpc":"2.0","id":1.5,"method":"models"}', -32600, null],
    [
      "WS-9, WS-39: an id that is too long",
      `{"jsonrpc":"2.0","id":"${"x".repeat(129)}","method":"models"}`,
      -32600,
      null,
    ],
    ["WS-40: a method that is not there", '{"jsonrpc":"2.0","id":1,"method":"constructor"}', -32601, 1],
  ])("%s is answered, and the connection goes on", async (_, text, code, id) => {
    await using served = await serve(serviceOf(echo));
    const peer = await rpcPeer(served.port);
    peer.raw(text);
    expect(await peer.until(({ error }) => error !== undefined)).toMatchObject({ id, error: { code } });
    expect((await peer.call("predict", { model: "m", args: 5 }, "next")).result).toBe(5);
  });

  test("WS-41: params that are wrong are told with their places", async () => {
    await using served = await serve(serviceOf(echo));
    const peer = await rpcPeer(served.port);
    const cases: [string, unknown, string[]][] = [
      ["predict", undefined, ["/model"]],
      ["predict", [], [""]],
      ["predict", { model: 1, timeoutMs: -1, requestId: 1 }, ["/model", "/requestId", "/timeoutMs"]],
      ["watch", { id: "i", after: 1.5, credit: 0 }, ["/after", "/credit"]],
      ["runs", { filter: [] }, ["/filter"]],
      ["artifact", { id: "i" }, ["/name"]],
    ];
    for (const [method, params, places] of cases) {
      const { error } = await peer.call(method, params as object);
      expect(error).toMatchObject({ code: -32602, data: { code: "invalid_args" } });
      const { issues } = (error as { data: unknown }).data as { issues: { pointer: string }[] };
      expect(issues.map(({ pointer }) => pointer).toSorted()).toEqual(places);
    }
  });

  test("WS-42, WS-44: an id used for two calls at once closes with 4409; another connection does not notice", async () => {
    const gate = Promise.withResolvers<string>();
    await using served = await serve(serviceOf({ predict: () => gate.promise }));
    const other = await rpcPeer(served.port);
    const call = other.call("predict", { model: "m" }, "same");
    const peer = await rpcPeer(served.port);
    void peer.call("predict", { model: "m" }, "same");
    void peer.call("predict", { model: "m" }, "same");
    expect(await peer.closed).toMatchObject({ code: 4409, reason: expect.stringMatching(/^already_exists: /) });
    gate.resolve("there");
    expect((await call).result).toBe("there");
  });
});
