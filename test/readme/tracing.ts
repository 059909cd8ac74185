// The example of packages/tracing/README.md; packages.test.ts runs this file in the root folder.
// #region tracing
import { createHost } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import { tracing } from "@deepaas/tracing";
import { workers } from "@deepaas/workers";

const spans = tracing();
const executor = workers({
  module: "examples/hello/hello.ts",
  observer: import.meta.resolve("@deepaas/tracing/worker"),
});
const host = await createHost({ executor, observer: spans.host });
const server = createServer(host, { observer: spans.adapter }).listen(5000, "127.0.0.1");
// #endregion tracing
const url = "http://127.0.0.1:5000/v2/models/hello/predict/";
const headers = { "Content-Type": "application/json" };
const { status } = await fetch(url, { method: "POST", headers, body: '{"x":1}' });
console.log(status);
server.close();
await host.close();
