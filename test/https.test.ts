// REST and WebSocket on one HTTPS server.
import { once } from "node:events";
import { createServer as createHttpsServer, get } from "node:https";
import type { AddressInfo } from "node:net";
import { createHost } from "@deepaas/core";
import { rest } from "@deepaas/koa";
import { rpcSubprotocol, toBearerProtocol } from "@deepaas/protocol/rpc";
import { attachWs } from "@deepaas/ws/node";
import Koa from "koa";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { guardedServer, tokenWith } from "./support/guarded-server.ts";

interface Pair {
  readonly cert: string;
  readonly key: string;
}
const folder = new URL("../packages/koa/src/testing/", import.meta.url);
const { one: tls } = (await import(new URL("certificates.ts", folder).href)) as { readonly one: Pair };

test("both authenticate the same callers, and a page of the same address may call over HTTPS only", async () => {
  await using served = await guardedServer({ tls });
  const headers = { Authorization: `Bearer ${tokenWith("predict")}` };
  const statusOf = (path: string, more: Record<string, string> = {}) =>
    new Promise((resolve, reject) => {
      get(served.url + path, { ca: tls.cert, headers: more }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).once("error", reject);
    });
  expect([await statusOf("/v2/models/"), await statusOf("/v2/models/", headers)]).toEqual([401, 200]);
  const connect = (origin: string) => {
    const url = `${served.url.replace("https", "wss")}/v2/ws`;
    return new WebSocket(url, [rpcSubprotocol, toBearerProtocol(tokenWith("predict"))], { ca: tls.cert, origin });
  };
  const socket = connect(served.url);
  await once(socket, "open");
  socket.send('{"jsonrpc":"2.0","id":1,"method":"predict","params":{"model":"open","args":{}}}');
  const [message] = await once(socket, "message");
  expect(JSON.parse(String(message))).toMatchObject({ id: 1, result: 1 });
  socket.close();
  const refused = connect(served.url.replace("https", "http"));
  refused.on("error", () => {});
  const [, response] = await once(refused, "unexpected-response");
  expect(response.statusCode).toBe(403);
});

test("a middleware on an HTTPS server warns of WebSocket calls that are not authenticated", async () => {
  await using host = await createHost({ models: { m: { predict: () => 1 } } });
  const warned: string[] = [];
  const silent = () => {};
  const logger = { debug: silent, info: silent, warn: (_: object, text: string) => warned.push(text), error: silent };
  const handle = new Koa().use(rest(host, { authenticate: () => ({ id: "ada" }), logger })).callback();
  const server = createHttpsServer(tls, (req, res) => void handle(req, res));
  const attached = attachWs(server, host, { logger });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  for (let i = 0; i < 2; i++) {
    const request = get({ port, host: "127.0.0.1", path: "/v2/models/", ca: tls.cert, agent: false });
    const [response] = await once(request, "response");
    response.resume();
    await once(response, "end");
  }
  expect(warned).toEqual([expect.stringContaining("WebSocket calls are not authenticated")]);
  await attached.close();
  server.close();
});
