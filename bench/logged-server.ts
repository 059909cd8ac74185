// The server of a no-op predict in a worker, with an access log in a temporary file, whose lines are written as `deepaas run` does.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import { accessLog, jsonLines } from "@deepaas/protocol";
import { pino } from "pino";
import { noopWorkers, type Subject } from "./rest-servers.ts";

export async function loggedWorker(): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), "deepaas-bench-log-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const destination = pino.destination({ dest: join(folder, "server.log"), sync: true });
  const logger = jsonLines((lines) => destination.write(lines), { part: "access" });
  const executor = noopWorkers();
  const server = createServer(await createHost({ executor }), { observer: accessLog(logger) });
  return { server, pids: executor.pids };
}
