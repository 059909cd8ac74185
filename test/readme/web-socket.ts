// The example of packages/ws/README.md; packages.test.ts runs this file.
// #region web-socket
import { createServer } from "node:http";
import { connectWs } from "@deepaas/client";
import { createHost } from "@deepaas/core";
import { attachWs } from "@deepaas/ws/node";

const host = await createHost({ models: { echo: { predict: (args: object) => args } } });
const server = createServer().listen(5000, "127.0.0.1");
const sockets = attachWs(server, host, { maxConnections: 100 });

const service = connectWs("http://127.0.0.1:5000");
console.log(await service.status()); // { state: 'ready', reasons: [] }
service.close();

await host.close();
await sockets.close();
server.close();
// #endregion web-socket
