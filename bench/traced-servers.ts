// The server of a no-op predict with the observers of traces, for its cost per request without an SDK.
import { createHost } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import { tracing } from "@deepaas/tracing";
import modelObserver from "@deepaas/tracing/worker";
import { noopWorkers, type Subject } from "./rest-servers.ts";
import * as digits from "./worker-models/digits.ts";

/** Default mode: the model is in a worker. */
export async function tracedWorker(): Promise<Subject> {
  const { host: observer, adapter } = tracing();
  const executor = noopWorkers({ observer: import.meta.resolve("@deepaas/tracing/worker") });
  return { server: createServer(await createHost({ executor, observer }), { observer: adapter }), pids: executor.pids };
}

export async function tracedInline(): Promise<Subject> {
  const { host: observer, adapter } = tracing();
  const host = await createHost({ models: { digits }, observer, modelObserver });
  return { server: createServer(host, { observer: adapter }), pids: () => [] };
}
