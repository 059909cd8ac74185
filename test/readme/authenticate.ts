// The example of docs/authentication.md; packages.test.ts runs this file.
// #region authenticate
import { apiKeys, newKey } from "@deepaas/auth";
import { connectRest, connectWs } from "@deepaas/client";
import { createHost, withAccess } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import { attachWs } from "@deepaas/ws/node";

const [reader, trainer] = [newKey(), newKey()];
const authenticate = apiKeys({
  keys: [
    { name: "ann", key: reader, scopes: ["predict"] },
    { name: "bob", key: trainer, scopes: ["predict", "train"] },
  ],
});

const model = { predict: () => "hello", train: () => ({ done: true }) };
const host = await createHost({ models: { echo: model } });
// Checks what a caller may do. The host itself has no limits.
const service = withAccess(host);
const server = createServer(service, { authenticate }).listen(5000, "127.0.0.1");
const sockets = attachWs(server, service, { authenticate });

const url = "http://127.0.0.1:5000";
const ann = connectRest(url, { headers: { Authorization: `Bearer ${reader}` } });
console.log(await ann.predict("echo", {})); // hello
await ann.train("echo", {}).catch(({ code, message }) => console.log(code, message));
// permission_denied The caller lacks the scope train or train@echo.

const bob = connectWs(url, { token: trainer });
console.log((await bob.train("echo", {})).owner); // key:bob

await connectRest(url)
  .models()
  .catch(({ code }) => console.log(code)); // unauthenticated
// #endregion authenticate

bob.close();
await host.close();
await sockets.close();
server.close();
