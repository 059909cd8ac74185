// The example of packages/ui/README.md; packages.test.ts runs this file.
// #region ui
import { createHost } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import { uiFolder } from "@deepaas/ui";
import { attachWs } from "@deepaas/ws/node";
import hello from "../../examples/hello/hello.ts";

const host = await createHost({ models: { hello } });
const server = createServer(host, { ui: uiFolder }).listen(5000, "127.0.0.1");
const sockets = attachWs(server, host);
// #endregion ui

const page = await fetch("http://127.0.0.1:5000/", { headers: { Accept: "text/html" } });
console.log(page.url.replace(/^.*:\d+/, ""), page.headers.get("content-type"));
await sockets.close();
await host.close();
server.closeAllConnections();
server.close();
