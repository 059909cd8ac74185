// The least server that answers a predict. Argument: the port.
import Router from "@koa/router";
import Koa from "koa";

const router = new Router();
router.post("/v2/models/:model/predict/", async (ctx) => {
  const chunks: Buffer[] = [];
  for await (const chunk of ctx.req) chunks.push(chunk as Buffer);
  const { name } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly name: string };
  ctx.body = { greeting: `hello ${name}` };
});
new Koa().use(router.routes()).listen(Number(process.argv[2]), "127.0.0.1", () => process.stdout.write("ready\n"));
