// The example of packages/metrics/README.md; packages.test.ts runs this file.
// #region metrics
import { createHost } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import { metrics } from "@deepaas/metrics";
import { attachWs } from "@deepaas/ws/node";

const observed = metrics();
const greeter = { predict: () => "Hello." };
const host = await createHost({ models: { greeter }, observer: observed.host });
const server = createServer(host, { observer: observed.adapter, metrics: () => observed.render(host) });
const sockets = attachWs(server, host, { observer: observed.adapter });
server.listen(5000, "127.0.0.1");

await host.predict("greeter", {});
const text = await (await fetch("http://127.0.0.1:5000/metrics")).text();
console.log(text.match(/^deepaas_predict_duration_seconds_count.*/m)?.[0]);
// deepaas_predict_duration_seconds_count{model="greeter",code="ok"} 1
// #endregion metrics

observed.close();
await sockets.close();
await host.close();
server.closeAllConnections();
server.close();
