// The main module of a worker process: imports the models, warms them, and answers the messages of the server.
import { Worker } from "node:worker_threads";
import { errorText, type Model } from "@deepaas/core";
import { importModel } from "@deepaas/core/node";
import {
  declarationOf,
  fileFromBytes,
  type InlineOptions,
  inlineExecutor,
  type ModelDeclaration,
  type ModelObserver,
  resultOfPredict,
  warmModel,
} from "@deepaas/core/ports";
import { type FilesByModel, protocolVersion, type StartMessage, type ToWorker } from "../messages.ts";
import { importObserver } from "./import-observer.ts";
import { logger } from "./logger.ts";
import { type MessagePipe, readMessages, send } from "./pipes.ts";
import { serve } from "./serve.ts";

// Only the server ends a worker, and the guard if the server is gone: a signal to the whole process group (Ctrl-C) must
// not interrupt the calls that the server still waits for.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
process.on("unhandledRejection", (reason) => logger.error({ err: reason }, "unhandled promise rejection in a worker"));

const folder = process.argv[2] as string;
const guard = new Worker(new URL("./guard.js", import.meta.url), {
  workerData: folder,
  // Without what --import preloads into this process, such as an SDK.
  execArgv: [],
  env: { ...process.env, NODE_OPTIONS: "" },
});
const guardIsWatching = new Promise((resolve) => guard.once("message", resolve));

let onMessage: ((message: ToWorker) => void) | undefined;
const pipe: MessagePipe = readMessages((message) => {
  if (onMessage) onMessage(message);
  else if (message.type === "close") process.exit(0);
  else if (message.type === "start") void start(message);
});

async function start({
  models: modules,
  weights,
  oneByOne = false,
  reportFiles,
  observer: observerPath,
}: StartMessage): Promise<void> {
  let waitingFor = "";
  let observer: ModelObserver | undefined;
  let reportLoaded = () => {};
  const failStart = (error: unknown) => {
    reportLoaded();
    send({ type: "failed", message: errorText(error) });
    process.exit(1);
  };
  const onNothingLeft = () => failStart(new Error(waitingFor));
  try {
    await guardIsWatching;
    if (reportFiles) {
      const { LoadedFiles } = await import("./loaded-files.ts");
      const loaded = new LoadedFiles();
      reportLoaded = reporter(() => loaded.of(modules));
    }
    // From here only the model keeps the process alive: a promise of it that nothing can settle ends in `beforeExit`.
    guard.unref();
    pipe.keepAlive(false);
    process.once("beforeExit", onNothingLeft);
    if (observerPath !== undefined) {
      waitingFor = `${observerPath} never finished loading: a top-level await is never settled`;
      observer = await importObserver(observerPath);
    }
    const models: Record<string, Model> = {};
    for (const [name, path] of Object.entries(modules)) {
      waitingFor = `${path} never finished loading: a top-level await is never settled`;
      models[name] = await importModel(path);
    }
    // The server may have to kill this process while the models are warmed.
    reportLoaded();
    waitingFor = "warming the models never finished: a promise is never settled";
    const declarations = await warmAll(models, weights);
    pipe.keepAlive(true);
    process.off("beforeExit", onNothingLeft);
    reportLoaded();
    const versions = new Map(Object.entries(weights).map(([name, { version }]) => [name, version]));
    onMessage = serve({ executor: executorOf({ models, weights, observer }), folder, versions, oneByOne });
    const rssBytes = process.memoryUsage.rss();
    send({ type: "ready", protocol: protocolVersion, models: declarations, rssBytes, takesAhead: true });
  } catch (error) {
    failStart(error);
  }
}

async function warmAll(
  models: Readonly<Record<string, Model>>,
  weights: StartMessage["weights"],
): Promise<Readonly<Record<string, ModelDeclaration>>> {
  const { signal } = new AbortController();
  const warming = Object.entries(models).map(async ([name, model]) => {
    await warmModel(name, model, { published: weights[name]?.file, signal });
    return [name, await declarationOf(name, model)] as const;
  });
  return Object.fromEntries(await Promise.all(warming));
}

function executorOf(given: Pick<InlineOptions, "models" | "weights" | "observer">): ReturnType<typeof inlineExecutor> {
  return inlineExecutor({
    ...given,
    logger,
    // Without a copy: the bytes of a model are copied before it can go on (copy-model-bytes.ts).
    toResult: (result, args) => resultOfPredict(isBytes(result) ? fileFromBytes(result) : result, args),
  });
}

function isBytes(value: unknown): value is Uint8Array<ArrayBuffer> {
  return value instanceof Uint8Array && value.buffer instanceof ArrayBuffer;
}

/** Returns a function that sends the files if they have changed since they were sent. */
function reporter(filesNow: () => FilesByModel): () => void {
  let sent = "";
  return () => {
    const files = filesNow();
    const text = JSON.stringify(files);
    if (text !== sent) send({ type: "loaded", models: files });
    sent = text;
  };
}
