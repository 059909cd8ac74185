import { createServer } from "node:http";
import { join } from "node:path";
import { createHost } from "@deepaas/core";
import { rest } from "@deepaas/koa";
import { workers } from "@deepaas/workers";
import Koa from "koa";
import echo from "./echo.ts";
import { host, port } from "./node-app.ts";

const predict = Number(process.env.PEER_WORKERS ?? 0);
const module = join(import.meta.dirname, "echo.ts");
const models =
  predict > 0 ? await createHost({ executor: workers({ module, predict }) }) : await createHost({ models: { echo } });
const handle = new Koa().use(rest(models, { maxBodyBytes: 1024 ** 3 })).callback();
createServer((request, response) => void handle(request, response)).listen(port, host);
