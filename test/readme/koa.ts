// The examples of packages/koa/README.md; packages.test.ts runs this file.
// #region server
import { createHost, Type } from "@deepaas/core";
import { createServer } from "@deepaas/koa";

const greeter = {
  getPredictArgs: () => ({ name: Type.String() }),
  predict: ({ name }: { name: string }) => `Hello, ${name}.`,
};

const host = await createHost({ models: { greeter } });
const server = createServer(host, { maxBodyBytes: 10 * 1024 * 1024 });
server.listen(5000, "127.0.0.1");

// #endregion server

// #region middleware
import { rest } from "@deepaas/koa";
import Koa from "koa";

const app = new Koa();
app.use(rest(host, { basePath: "/models" }));
app.use((ctx) => {
  ctx.body = "the rest of the app";
});
// #endregion middleware

const other = app.listen(0, "127.0.0.1");
const predict = async (base: string) =>
  (await fetch(`${base}/v2/models/greeter/predict/?name=Ada`, { method: "POST" })).text();
console.log(await predict("http://127.0.0.1:5000"));
const { port } = other.address() as { port: number };
console.log(await predict(`http://127.0.0.1:${port}/models`));
console.log(await (await fetch(`http://127.0.0.1:${port}/other`)).text());
await host.close();
for (const one of [server, other]) one.close();
