// The server of a no-op predict in a worker, with the access log of `deepaas run` in a temporary file.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import { accessLog } from "@deepaas/protocol";
import { openLog } from "../packages/cli/src/serve/server-log.ts";
import { noopWorkers, type Subject } from "./rest-servers.ts";

export async function loggedWorker(): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), "deepaas-bench-log-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const log = await openLog({ logLevel: "info", logFile: join(folder, "server.log"), debug: false });
  const executor = noopWorkers();
  const server = createServer(await createHost({ executor }), { observer: accessLog(log.access()) });
  return { server, pids: executor.pids };
}
