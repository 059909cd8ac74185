// The process that a worker is: it imports the models, warms them, and answers what comes through the pipe.
import { Worker } from "node:worker_threads";
import type { Model, ModelFile } from "@deepaas/core";
import { importModel } from "@deepaas/core/node";
import { fileFromBytes, inlineExecutor, resultOfPredict } from "@deepaas/core/ports";
import { protocolVersion, type ToWorker } from "../messages.ts";
import { logger } from "./logger.ts";
import { type Incoming, receive, send } from "./pipes.ts";
import { serve } from "./serve.ts";

type Start = Extract<ToWorker, { type: "start" }>;

// The server says when to end; its going is seen by the guard. A signal to the whole process group (Ctrl-C) must not cut
// off what the server is still waiting for.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
process.on("unhandledRejection", (reason) =>
  logger.error({ err: reason }, "a promise was rejected in a worker, and nobody asked"),
);

// Where large files are written.
const folder = process.argv[2] as string;
const guard = new Worker(new URL("./guard.js", import.meta.url), { workerData: folder });
const watching = new Promise((resolve) => guard.once("message", resolve));

let handle: ((message: ToWorker) => void) | undefined;
const incoming: Incoming = receive((message) => {
  if (handle) handle(message);
  else if (message.type === "close") process.exit(0);
  else if (message.type === "start") void start(message);
});

async function start({ models: modules, published }: Start): Promise<void> {
  let step = "";
  // Nothing but the model may keep this process alive now: so one that awaits what never comes is seen.
  const stuck = () => failed(new Error(`${step} never came to an end: it awaits what nothing is left to bring`));
  try {
    await watching;
    guard.unref();
    incoming.stayFor(false);
    process.once("beforeExit", stuck);
    const models: Record<string, Model> = {};
    for (const [name, path] of Object.entries(modules)) {
      step = `importing ${path}`;
      models[name] = await importModel(path);
    }
    step = "warming the models";
    const executor = inlineExecutor({
      models,
      logger,
      // Not copied: what a model gives is written away before it can go on (write-held.ts).
      toResult: (result, args) => resultOfPredict(isBytes(result) ? fileFromBytes(result) : result, args),
    });
    const descriptions = await executor.warm({
      signal: new AbortController().signal,
      published: async (name) => published[name] as ModelFile | undefined,
    });
    incoming.stayFor(true);
    process.off("beforeExit", stuck);
    handle = serve(executor, folder);
    const reloads = Object.keys(models).filter((name) => typeof models[name]?.reload === "function");
    const rssBytes = process.memoryUsage.rss();
    send({ type: "ready", protocol: protocolVersion, models: descriptions, reloads, rssBytes });
  } catch (error) {
    failed(error);
  }
}

function isBytes(value: unknown): value is Uint8Array<ArrayBuffer> {
  return value instanceof Uint8Array && value.buffer instanceof ArrayBuffer;
}

function failed(error: unknown): void {
  send({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
