// The adapters of one host, as the README shows them; readme.test.ts runs this file.
// #region host
import { createHost } from "@deepaas/core";
import { connectInProcess } from "@deepaas/in-process";
import { rest } from "@deepaas/koa";
import { attachWs } from "@deepaas/ws/node";
import Koa from "koa";
import hello from "../../examples/hello/hello.ts";

const host = await createHost({ models: { hello } });
// #endregion host

// #region in-process
const local = connectInProcess(host).model("hello");
const run = await local.train({ epochs: 50 });
console.log(await local.predict({ x: 3 }));
// #endregion in-process

// #region koa-and-ws
// #region rest
const app = new Koa();
app.use(rest(host));
const server = app.listen(5000, "127.0.0.1");
// #endregion rest
// #region web-socket
const sockets = attachWs(server, host);
// #endregion web-socket
// #endregion koa-and-ws

// #region watch
const socket = new WebSocket(`ws://127.0.0.1:5000/v2/runs/${run.id}/events`);
socket.onmessage = ({ data }) => console.log(JSON.parse(data));
socket.onclose = ({ code }) => console.log(code); // 1000: the last event was sent
// #endregion watch

await new Promise((resolve) => socket.addEventListener("close", resolve));
const answer = await fetch("http://127.0.0.1:5000/v2/models/hello/predict/?x=3", { method: "POST" });
console.log("over REST", await answer.json(), "in-process", await local.predict({ x: 3 }));

// #region close
await host.close(); // refuses new calls, waits for those in progress
await sockets.close(); // closes open sockets with 1012
server.close();
// #endregion close
