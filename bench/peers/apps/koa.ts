import { createServer } from "node:http";
import Router from "@koa/router";
import Koa from "koa";
import { bodyOf, host, port, predict, serve, store } from "./node-app.ts";

const router = new Router();
router.post("/predict", async (ctx) => {
  ctx.body = predict(await bodyOf(ctx.req));
});
router.post("/upload", async (ctx) => {
  ctx.body = await store(ctx.req);
});
router.get("/health", (ctx) => {
  ctx.body = { status: "ok" };
});
const handle = new Koa().use(router.routes()).callback();
serve(() => createServer((request, response) => void handle(request, response)).listen(port, host));
