// The weights versions of a model, and the one that answered, over both connections.
import type { CallOptions } from "@deepaas/core";
import { ownMediaType } from "@deepaas/protocol";
import { describe, expect, test } from "vitest";
import { connectRest } from "./connect-rest.ts";
import type { ConnectedService } from "./connected-service.ts";
import { type FakeSocket, fakeSockets } from "./testing/fake-sockets.ts";
import { connectWs } from "./ws/connect-ws.ts";

const requests: readonly [string, (service: ConnectedService) => Promise<unknown>, string, object, unknown][] = [
  ["versions", (service) => service.versions("m"), "GET /v2/models/m/versions", { model: "m" }, { served: 1 }],
  [
    "serveVersion",
    (service) => service.serveVersion("m", 2),
    "POST /v2/models/m/versions/2/serve",
    { model: "m", version: 2 },
    { served: 1 },
  ],
  [
    "removeVersion",
    (service) => service.removeVersion("m", 2),
    "DELETE /v2/models/m/versions/2",
    { model: "m", version: 2 },
    undefined,
  ],
];

describe("REST", () => {
  function connect(reply: () => Response) {
    const sent: { line: string; prefer: string | undefined }[] = [];
    const fetch = async (url: unknown, init: RequestInit = {}) => {
      const { Prefer: prefer } = init.headers as Record<string, string | undefined>;
      sent.push({ line: `${init.method} ${String(url).replace("http://h", "")}`, prefer });
      return reply();
    };
    return { sent, client: connectRest("http://h", { fetch }) };
  }

  test.each(requests)("requests %s", async (_method, call, line, _params, result) => {
    const { client, sent } = connect(() => Response.json({ served: 1 }, { headers: { "Content-Type": ownMediaType } }));
    expect(await call(client)).toEqual(result);
    expect(sent.map((one) => one.line)).toEqual([line]);
  });

  test.each([
    ["12", [12]],
    ["0", [0]],
    ["x1", []],
    ["1x", []],
    ["", []],
    [undefined, []],
  ])("tells the version of the header %j", async (header, told) => {
    const headers = { "Content-Type": ownMediaType, ...(header !== undefined && { "X-Weights-Version": header }) };
    const { client } = connect(() => new Response("1", { headers }));
    const versions: number[] = [];
    await client.predict("m", {}, { onVersion: (version) => versions.push(version) });
    expect(versions).toEqual(told);
    // Nobody has to ask.
    expect(await client.predict("m", {}, {})).toBe(1);
    expect(await client.predict("m", {})).toBe(1);
  });

  test("asks for the version of a stream only if somebody wants it, and tells it beside the items", async () => {
    const text = "event: version\ndata: 3\n\ndata: 1\n\nevent: end\ndata: {}\n\n";
    const { client, sent } = connect(() => new Response(text, { headers: { "Content-Type": "text/event-stream" } }));
    const versions: number[] = [];
    const items = await Array.fromAsync(client.predictStream("m", {}, { onVersion: (one) => versions.push(one) }));
    expect([items, versions]).toEqual([[1], [3]]);
    await Array.fromAsync(client.predictStream("m", {}, {}));
    await Array.fromAsync(client.predictStream("m", {}));
    expect(sent.map(({ prefer }) => prefer)).toEqual(["weights-version", undefined, undefined]);
  });
});

describe("WebSocket", () => {
  async function ask(call: (client: ConnectedService) => Promise<unknown>, answer: object) {
    const { sockets, WebSocket } = fakeSockets();
    const client = connectWs("http://h", { WebSocket, heartbeatMs: 0 });
    const result = call(client);
    result.catch(() => {});
    while (!sockets[0]) await new Promise(setImmediate);
    const socket = sockets[0] as FakeSocket;
    const [message] = await socket.until(1);
    socket.receives({ jsonrpc: "2.0", id: 1, ...answer });
    return { result, message, socket };
  }

  test.each(requests)("requests %s", async (method, call, _line, params, expected) => {
    const { result, message } = await ask(call, { result: { served: 1 } });
    expect(message).toEqual({ jsonrpc: "2.0", id: 1, method, params });
    expect(await result).toEqual(expected);
  });

  test("tells the version beside the result to who asks for it", async () => {
    const versions: number[] = [];
    const options: CallOptions = { onVersion: (version) => versions.push(version) };
    const asked = await ask((client) => client.predict("m", {}, options), { result: 1, weightsVersion: 7 });
    expect([await asked.result, versions, asked.message?.params.weightsVersion]).toEqual([1, [7], true]);
    const silent = await ask((client) => client.predict("m", {}), { result: 1, weightsVersion: 7 });
    expect([await silent.result, silent.message?.params]).toEqual([1, { model: "m", args: {} }]);
    const unknown = await ask((client) => client.predict("m", {}, options), { result: 1 });
    expect([await unknown.result, versions]).toEqual([1, [7]]);
  });

  test("fails the call whose listener throws, not the connection", async () => {
    const bug = new Error("bug");
    const onVersion = () => {
      throw bug;
    };
    const { result, socket } = await ask((client) => client.predict("m", {}, { onVersion }), {
      result: 1,
      weightsVersion: 7,
    });
    await expect(result).rejects.toBe(bug);
    expect(socket.closedWith).toEqual([]);
  });
});
