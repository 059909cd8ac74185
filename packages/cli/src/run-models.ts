// From module paths to a served host, and to its orderly end.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createHost, type Host, type Logger, type Model } from "@deepaas/core";
import { importModel } from "@deepaas/core/node";
import { createServer } from "@deepaas/koa";
import { workers } from "@deepaas/workers";
import { attachWs } from "@deepaas/ws/node";
import { pino } from "pino";
import { checkAddress, hostInUrl } from "./checked-address.ts";
import { CliError } from "./cli-error.ts";
import { curlHint } from "./curl-hint.ts";
import { endOnSignals } from "./end-on-signals.ts";
import { modelModules } from "./model-modules.ts";
import type { RunCommandOptions } from "./run-options.ts";
import { type Start, sayIfStuck } from "./say-if-stuck.ts";

/** Resolves once the models are served; the process then ends by a signal. */
export async function runModels(modules: readonly string[], options: RunCommandOptions): Promise<void> {
  checkAddress(options.listenIp, options.insecure);
  const paths = modelModules(modules);
  // Synchronously, so that nothing is lost at the end; stdout is for whoever waits until it is ready.
  const logger = pino({ level: options.logLevel, base: null }, pino.destination({ dest: 2, sync: true }));
  // Whoever read what we say may be gone (`deepaas run … | head`); the server goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  process.on("unhandledRejection", (reason) =>
    logger.error({ err: reason }, "a promise was rejected, and nobody asked"),
  );

  const started = sayIfStuck();
  const host = await (options.inline ? inlineHost(paths, logger, started) : workersHost(paths, logger, options));
  const { basePath, clientMaxSize, rawPredictions, drainSeconds } = options;
  const server = createServer(host, { basePath, maxBodyBytes: clientMaxSize, rawPredictions, logger });
  const sockets = attachWs(server, host, { basePath, logger });
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
  await sayReady(host, server, options);
}

async function inlineHost(paths: ReadonlyMap<string, string>, logger: Logger, started: Start): Promise<Host> {
  const models: Record<string, Model> = {};
  for (const [name, path] of paths) {
    started.waitFor(`importing ${path}`);
    models[name] = await importModel(path);
  }
  started.waitFor("warming the models");
  return createHost({ models, logger });
}

async function workersHost(
  paths: ReadonlyMap<string, string>,
  logger: Logger,
  options: Pick<RunCommandOptions, "workers" | "trainWorkers" | "sharedWorkers">,
): Promise<Host> {
  const { workers: predict, trainWorkers: train, sharedWorkers: shared } = options;
  return createHost({
    executor: workers({ modules: Object.fromEntries(paths), predict, train, shared, logger }),
    logger,
  });
}

async function listen(server: Server, { listenIp, listenPort }: RunCommandOptions): Promise<void> {
  try {
    server.listen({ host: listenIp, port: listenPort });
    await once(server, "listening");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const place = `port ${listenPort} at ${listenIp}`;
    if (code === "EADDRINUSE") throw new CliError(`${place} is in use; choose another with --listen-port`);
    if (code === "EACCES") throw new CliError(`${place} may not be used by you; choose another with --listen-port`);
    throw new CliError(`cannot listen at ${listenIp}: ${message}`);
  }
}

async function sayReady(host: Host, server: Server, { listenIp, basePath }: RunCommandOptions): Promise<void> {
  const { port } = server.address() as AddressInfo;
  const url = `http://${hostInUrl(listenIp)}:${port}${basePath}`;
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
