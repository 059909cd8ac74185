// Slow and silent peers of a handshake: limited by the timeouts of the server, with the WebSocket adapter attached.
import { once } from "node:events";
import { createServer as createHttpServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { createHost } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import { type AttachWsOptions, attachWs } from "@deepaas/ws/node";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";

const servers: Readonly<Record<string, (service: Awaited<ReturnType<typeof createHost>>) => Server>> = {
  "createServer of @deepaas/koa": (service) => createServer(service, { headersTimeoutMs: 200 }),
  "node:http": () => createHttpServer({ headersTimeout: 200, requestTimeout: 200, connectionsCheckingInterval: 20 }),
};

describe.each(Object.entries(servers))("on %s", (_name, make) => {
  const served = async (options: AttachWsOptions = {}) => {
    const host = await createHost({ models: { model: { predict: () => 1 } } });
    const server = make(host);
    const sockets = attachWs(server, host, options);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(async () => {
      await sockets.close({ drainMs: 0 });
      server.closeAllConnections();
      server.close();
      await host.close();
    });
    return { port: (server.address() as AddressInfo).port, server, sockets };
  };

  test.each([
    ["says nothing", ""],
    [
      "sends the head of its request byte by byte",
      "GET /v2/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nX-Long: ",
    ],
  ])("WS-60: a peer that %s is answered with 408 and closed; who is connected is not disturbed", async (_, head) => {
    const { port, server } = await served();
    const other = new WebSocket(`ws://127.0.0.1:${port}/v2/ws`, ["deepaas.v2"]);
    await once(other, "open");
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    let sent = 0;
    const drip = setInterval(() => socket.write(head[sent++] ?? "x"), 20);
    if (head === "") clearInterval(drip);
    onTestFinished(() => clearInterval(drip));
    let answer = "";
    socket.setEncoding("latin1").on("data", (text: string) => {
      answer += text;
    });
    await once(socket, "close");
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    await expect.poll(() => connectionsOf(server)).toBe(1);
    other.send('{"jsonrpc":"2.0","id":1,"method":"models"}');
    await once(other, "message");
    other.terminate();
  });

  test("WS-60: the timeout of the handshake does not close a connection whose handshake was in time", async () => {
    const { port } = await served();
    const other = new WebSocket(`ws://127.0.0.1:${port}/v2/ws`, ["deepaas.v2"]);
    await once(other, "open");
    // A second connection, opened later, shows that the time is over.
    const late = connect(port, "127.0.0.1");
    late.on("error", () => {}).resume();
    await once(late, "close");
    expect(other.readyState).toBe(WebSocket.OPEN);
    other.terminate();
  });
});

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
}
