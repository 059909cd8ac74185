// From module paths to a served host, and to its orderly end.
import type { Server } from "node:http";
import { createHost, type Host, type HostOptions, type Logger, type Model } from "@deepaas/core";
import { importModel } from "@deepaas/core/node";
import { type Workers, workers } from "@deepaas/workers";
import { pino } from "pino";
import { allowedHosts, checkAddress } from "./checked-address.ts";
import { curlHint } from "./curl-hint.ts";
import { type DataDir, openDataDir } from "./data-dir.ts";
import { endOnSignals } from "./end-on-signals.ts";
import { listen, urlOf } from "./listen.ts";
import { modelModules } from "./model-modules.ts";
import type { RunCommandOptions } from "./run-options.ts";
import { type Start, sayIfStuck } from "./say-if-stuck.ts";

/** Resolves once the models are served; the process then ends by a signal. */
export async function runModels(modules: readonly string[], options: RunCommandOptions): Promise<void> {
  checkAddress(options.listenIp, options.insecure);
  const paths = modelModules(modules);
  const dataDir = options.store ? openDataDir(options.dataDir) : undefined;
  // Synchronously, so that nothing is lost at the end; stdout is for whoever waits until it is ready.
  const logger = pino({ level: options.logLevel, base: null }, pino.destination({ dest: 2, sync: true }));
  // Whoever read what we say may be gone (`deepaas run … | head`); the server goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  process.on("unhandledRejection", (reason) =>
    logger.error({ err: reason }, "a promise was rejected, and nobody asked"),
  );

  const started = sayIfStuck();
  const executor = options.inline ? undefined : workersOf(paths, logger, options);
  const kept = { ...(await storeIn(dataDir)), limits: limitsOf(options), logger };
  const warming = executor
    ? createHost({ ...kept, executor })
    : createHost({ ...kept, models: await importModels(paths, started) });
  // The doors are loaded while the workers import and warm their models.
  const [host, { createServer }, { attachWs }] = await Promise.all([
    warming,
    import("@deepaas/koa"),
    import("@deepaas/ws/node"),
  ]);
  const { listenIp, insecure, basePath, clientMaxSize, rawPredictions, drainSeconds } = options;
  const debugOutput = options.debugEndpoint ? executor?.debugOutput : undefined;
  const server = createServer(host, {
    basePath,
    maxBodyBytes: clientMaxSize,
    rawPredictions,
    logger,
    ...(debugOutput && { debugOutput }),
  });
  const sockets = attachWs(server, host, { basePath, logger, allowedHosts: allowedHosts(listenIp, insecure) });
  endOnSignals(async () => {
    server.close();
    // Connections that are in use stay; each is told to end with its next answer.
    server.prependListener("request", (_request, response) => response.setHeader("Connection", "close"));
    // Before the sockets, so that watchers are told the last events of trainings that stop.
    await host.close({ drainMs: drainSeconds * 1_000 });
    await sockets.close();
    await lastAnswers(server);
  });
  await listen(server, options).catch(async (error: unknown) => {
    await host.close({ drainMs: 0 });
    throw error;
  });
  started.done();
  const url = urlOf(server, options);
  dataDir?.tellUrl(url);
  await sayReady(host, url);
}

function workersOf(
  paths: ReadonlyMap<string, string>,
  logger: Logger,
  { workers: predict, trainWorkers: train, sharedWorkers: shared }: RunCommandOptions,
): Workers {
  return workers({ modules: Object.fromEntries(paths), predict, train, shared, logger });
}

async function importModels(paths: ReadonlyMap<string, string>, started: Start): Promise<Record<string, Model>> {
  const models: Record<string, Model> = {};
  for (const [name, path] of paths) {
    started.waitFor(`importing ${path}`);
    models[name] = await importModel(path);
  }
  started.waitFor("warming the models");
  return models;
}

async function storeIn(dataDir: DataDir | undefined): Promise<Pick<HostOptions, "store" | "blobs">> {
  if (!dataDir) return {};
  const { directoryBlobs, sqliteStore } = await import("@deepaas/sqlite");
  return { store: sqliteStore({ path: dataDir.store }), blobs: directoryBlobs({ path: dataDir.blobs }) };
}

function limitsOf({ keepRuns, keepDays, maxBytes }: RunCommandOptions): NonNullable<HostOptions["limits"]> {
  return { keepRuns, ...(keepDays !== undefined && { keepDays }), ...(maxBytes !== undefined && { maxBytes }) };
}

async function sayReady(host: Host, url: string): Promise<void> {
  const models = await host.models();
  const names = models.map(({ servedAs }) => servedAs);
  const hints = await Promise.all(names.map(async (name) => curlHint(await host.describe(name), url)));
  process.stdout.write([`deepaas is serving ${names.join(", ")} at ${url}/`, ...hints, ""].join("\n"));
}

/** Gives answers that are being written a moment, then cuts every connection. */
async function lastAnswers(server: Server): Promise<void> {
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  await new Promise<unknown>((resolve) => {
    server.closeIdleConnections();
    server.close(resolve);
    setTimeout(resolve, 1_000);
  });
  clearInterval(idle);
  server.closeAllConnections();
}
