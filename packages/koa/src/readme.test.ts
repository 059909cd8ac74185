import { createHost, Type } from "@deepaas/core";
import Koa from "koa";
import { expect, test } from "vitest";
import { createServer } from "./create-server.ts";
import { rest } from "./rest.ts";
import { listening } from "./testing/served.ts";

test("the examples of the README serve a model", async () => {
  // #region server
  const host = await createHost({
    models: { greeter: { getPredictArgs: () => ({ name: Type.String() }), predict: greet } },
  });
  const server = createServer(host, { maxBodyBytes: 10 * 1024 * 1024 });
  // #endregion server
  // #region middleware
  const app = new Koa();
  app.use(rest(host, { basePath: "/models" }));
  app.use((ctx) => {
    ctx.body = "the rest of the app";
  });
  // #endregion middleware
  const ask = async (port: number, path: string) =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST" })).text();
  const answer = '{"status":"OK","predictions":"Hello, Ada."}';
  expect(await ask(await listening(server), "/v2/models/greeter/predict/?name=Ada")).toBe(answer);
  const { createServer: createHttpServer } = await import("node:http");
  const handle = app.callback();
  const port = await listening(createHttpServer((req, res) => void handle(req, res)));
  expect(await ask(port, "/models/v2/models/greeter/predict/?name=Ada")).toBe(answer);
  expect(await ask(port, "/other")).toBe("the rest of the app");
  await host.close();
});

function greet({ name }: { name: string }): string {
  return `Hello, ${name}.`;
}
