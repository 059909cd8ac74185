// The example of packages/auth/README.md; packages.test.ts runs this file in an empty folder.
// #region auth
import { randomBytes } from "node:crypto";
import { addKey, apiKeys, firstOf, grants, rateLimited, withLimits } from "@deepaas/auth";
import { createHost, withAccess } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import { attachWs } from "@deepaas/ws/node";

const ann = await addKey("keys.json", { name: "ann", scopes: ["predict", "train"] });
const bob = await addKey("keys.json", { name: "bob", scopes: ["read"], models: ["echo"] });

// Who calls: for REST and WebSocket alike.
const keys = apiKeys({ file: "keys.json" });
const links = grants({ secret: randomBytes(32), signalOf: keys.signalOf });
const authenticate = rateLimited(firstOf(keys, links), { perAddress: { requests: 1_000, seconds: 10 } });

// What callers may do, and how much.
const host = await createHost({ models: { echo: { predict: (args: object) => args } } });
const allowed = withAccess(host, { grants: links });
const service = withLimits(allowed, { perCaller: { requests: 600, seconds: 60 }, callsUnderWay: 16 });

const server = createServer(service, { authenticate }).listen(5000, "127.0.0.1");
const sockets = attachWs(server, service, { authenticate });

for (const key of [ann.key, bob.key, "wrong"]) {
  const headers = { authorization: `Bearer ${key}` };
  const { status } = await fetch("http://127.0.0.1:5000/v2/models/echo/predict/", { method: "POST", headers });
  console.log(status); // 200, 403, 401
}
// #endregion auth
keys.close();
await host.close();
await sockets.close();
server.close();
