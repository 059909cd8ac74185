// One host behind REST and WebSocket, on a real port of this process.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Host } from "@deepaas/core";
import { rest } from "@deepaas/koa";
import { type AttachWsOptions, attachWs } from "@deepaas/ws/node";
import Koa from "koa";

export async function serveHttp(host: Host, options: AttachWsOptions = {}) {
  const app = new Koa();
  app.use(rest(host));
  const handle = app.callback();
  const server = createServer((req, res) => void handle(req, res));
  const sockets = attachWs(server, host, options);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      await sockets.close({ drainMs: 0 });
      server.closeAllConnections();
      server.close();
    },
  };
}
