// The server of a no-op predict in a worker with what an operator switches on, for its cost per request.
import { createHost } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import { metrics } from "@deepaas/metrics";
import { accessLog, jsonLines } from "@deepaas/protocol";
import { pino } from "pino";
import { guarded } from "./guarded-servers.ts";
import { noopWorkers, type Subject } from "./rest-servers.ts";
import * as digits from "./worker-models/digits.ts";

export async function metricsWorker(): Promise<Subject> {
  const executor = noopWorkers();
  const observed = metrics();
  const host = await createHost({ executor, observer: observed.host });
  return { server: createServer(host, { observer: observed.adapter }), pids: executor.pids };
}

export async function metricsInline(): Promise<Subject> {
  const observed = metrics();
  const host = await createHost({ models: { digits }, observer: observed.host });
  return { server: createServer(host, { observer: observed.adapter }), pids: () => [] };
}

/** Metrics, an access log as `deepaas run` writes it, an API key, and limits of the address and the caller. */
export async function operatorWorker(): Promise<Subject> {
  const executor = noopWorkers();
  const observed = metrics();
  const destination = pino.destination({ dest: "/dev/null", sync: true });
  const logger = jsonLines((lines) => destination.write(lines), { part: "access" });
  const observer = [observed.adapter, accessLog(logger)];
  const server = await guarded({ executor, observer: observed.host }, "key with limits", { observer });
  return { ...server, pids: executor.pids };
}
