// The example of packages/auth/README.md; packages.test.ts runs this file in an empty folder.
// #region auth
import { randomBytes } from "node:crypto";
import { addKey, apiKeys, firstOf, grants, rateLimited, withLimits } from "@deepaas/auth";
import { createHost } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import { attachWs } from "@deepaas/ws/node";

const { key } = await addKey("keys.json", { name: "ann", scopes: ["predict", "read"] });

const keys = apiKeys({ file: "keys.json" });
const links = grants({ secret: randomBytes(32), signalOf: keys.signalOf });
const authenticate = rateLimited(firstOf(keys, links), { perAddress: { requests: 1_000, seconds: 10 } });

const host = await createHost({ models: { echo: { predict: (args: object) => args } } });
const service = withLimits(host, { perCaller: { requests: 600, seconds: 60 }, callsUnderWay: 16 });
const server = createServer(service, { authenticate }).listen(5000, "127.0.0.1");
const sockets = attachWs(server, service, { authenticate });

const url = "http://127.0.0.1:5000/v2/models";
console.log((await fetch(url)).status); // 401
console.log((await fetch(url, { headers: { authorization: `Bearer ${key}` } })).status); // 200
// #endregion auth
keys.close();
await host.close();
await sockets.close();
server.close();
