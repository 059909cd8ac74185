// Serves model modules until a signal, and then shuts down.
import { createHost, type HostOptions, type Model, type PromotionRule, withoutUndefined } from "@deepaas/core";
import { importModel, sweepTemporaryFolders } from "@deepaas/core/node";
import type { TlsOptions } from "@deepaas/koa";
import { type Workers, type WorkersOptions, workers } from "@deepaas/workers";
import { CliError } from "../cli-error.ts";
import type { ModelSource } from "../models/model-source.ts";
import type { RunSettings } from "../settings/run-settings.ts";
import { arrivingBodies } from "./arriving-bodies.ts";
import { accessOptions, checkAddress, needsAccess } from "./checked-address.ts";
import { openDataDir } from "./data-dir.ts";
import { logDescriptorLimit } from "./descriptor-limit.ts";
import { endOnSignals } from "./end-on-signals.ts";
import { exitIfNeverReady, type Startup } from "./exit-if-never-ready.ts";
import { listen, urlOf } from "./listen.ts";
import { openObservers } from "./observers.ts";
import { openStores, type Stores } from "./open-stores.ts";
import { readyText } from "./ready-text.ts";
import { openLog } from "./server-log.ts";
import { shutDown } from "./shut-down.ts";

/** `models`: by name. Resolves when the models are served. A signal ends the process. */
export async function runModels(models: ReadonlyMap<string, ModelSource>, options: RunSettings): Promise<void> {
  const exposed = checkAddress(options);
  const tls = tlsOptions(options);
  const dataDir = options.store === "sqlite" ? openDataDir(options.dataDir) : undefined;
  const log = await openLog(options);
  const logger = log.part("server");
  // The reader of the output may be gone (`deepaas run … | head`); the server goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  process.on("unhandledRejection", (reason) => logger.error({ err: reason }, "unhandled promise rejection"));
  if (exposed !== undefined) process.stderr.write(`deepaas: ${exposed}\n`);
  // Its packages are loaded only if they are needed.
  const access = needsAccess(options)
    ? await (await import("./server-access.ts")).openAccess(options, {
        dataDir: dataDir && options.dataDir,
        logger: log.part("auth"),
      })
    : undefined;

  const startup = exitIfNeverReady();
  const swept = sweepTemporaryFolders();
  const [observers, stores] = await Promise.all([
    openObservers(options, log),
    openStores(options, { dataDir, logger: log.part("queue") }),
  ]);
  const { traces } = observers;
  const executor = options.inline
    ? undefined
    : workersOf(models, options, { logger: log.part("workers"), ...(traces && { observer: traces.modelModule }) });
  const promote = promotionRule(options.promote);
  const observed = { observer: observers.host, logger: log.part("host") };
  const common = { ...stores, limits: limitsOf(options), promote, ...observed };
  const warming = executor
    ? createHost({ ...common, executor })
    : createHost({
        ...common,
        models: await importModels(models, startup),
        ...(traces && { modelObserver: traces.model }),
      });
  // The adapters are loaded while the workers import and warm their models.
  const [host, { createServer }, { attachWs }, { uiFolder }] = await Promise.all([
    warming,
    import("@deepaas/koa"),
    import("@deepaas/ws/node"),
    import("@deepaas/ui"),
    swept,
  ]);
  const webAccess = accessOptions(options);
  const service = access?.guard(host) ?? host;
  const authenticated = access?.authenticate && { authenticate: access.authenticate };
  const { metrics, adapter: observer } = observers;
  const { basePath, clientMaxSize, rawPredictions, drainSeconds } = options;
  const { trainEndpoint, docEndpoint, ui } = options;
  const predictEndpoint = options.predictEndpoint && options.role !== "train";
  const debugOutput = options.debugEndpoint ? executor?.debugOutput : undefined;
  const server = createServer(service, {
    ...webAccess,
    ...authenticated,
    ...(tls && { tls }),
    basePath,
    ...(clientMaxSize !== undefined && { maxBodyBytes: clientMaxSize, maxJsonBytes: clientMaxSize }),
    rawPredictions,
    predictEndpoint,
    trainEndpoint,
    docEndpoint,
    ...(ui && { ui: uiFolder }),
    logger: log.part("rest"),
    ...(debugOutput && { debugOutput }),
    ...(metrics && { metrics: () => metrics(host) }),
    observer,
  });
  const sockets = attachWs(server, service, {
    ...webAccess,
    ...authenticated,
    basePath,
    ...(clientMaxSize !== undefined && { maxMessageBytes: clientMaxSize, maxFileBytes: clientMaxSize }),
    observer,
    logger: log.part("ws"),
  });
  const bodies = arrivingBodies(server);
  let endChecks = () => {};
  let endWatching = async () => {};
  endOnSignals(() => {
    endChecks();
    void endWatching();
    access?.close();
    observers.close();
    return shutDown({ server, host, sockets, bodies, drainMs: drainSeconds * 1_000 }).then(traces?.flush);
  });
  let metricsUrl: string | undefined;
  try {
    metricsUrl = await observers.listen(host);
    await listen(server, options);
  } catch (error) {
    observers.close();
    await host.close({ drainMs: 0 });
    throw error;
  }
  endChecks = logDescriptorLimit(server, logger);
  startup.done();
  const url = urlOf(server, options);
  dataDir?.writeAddress({ url, token: access?.localKey });
  process.stdout.write(
    await readyText(host, { url, metricsUrl, place: placeOfRuns(options, stores), docEndpoint, ui }),
  );
  if (options.watch && executor) {
    const { watchModels } = await import("./watch-models.ts");
    endWatching = watchModels({ host, files: executor.files, logger });
  }
}

function placeOfRuns({ store, dataDir }: RunSettings, { node }: Stores): string | undefined {
  if (node) return `the database of several nodes, of which this one is ${node.id}`;
  return store === "sqlite" ? dataDir : undefined;
}

/** Throws if only one of the two files is given. */
function tlsOptions({ tlsCert: cert, tlsKey: key }: RunSettings): TlsOptions | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert !== undefined && key !== undefined) return { cert, key };
  throw new CliError("invalid_args", "--tls-cert and --tls-key belong together");
}

function workersOf(
  models: ReadonlyMap<string, ModelSource>,
  { workers: predict, trainWorkers: train, sharedWorkers, role, watch: reportFiles, hooks, devices }: RunSettings,
  given: Pick<WorkersOptions, "logger" | "observer">,
): Workers {
  // A node that answers no predicts has no processes for them.
  const shared = sharedWorkers || role === "train";
  return workers({
    modules: Object.fromEntries(models),
    predict,
    train,
    shared,
    reportFiles,
    devices: devices?.split(",") ?? [],
    env: hooks ? {} : { DEEPAAS_HOOKS: "0" },
    ...given,
  });
}

async function importModels(
  sources: ReadonlyMap<string, ModelSource>,
  startup: Startup,
): Promise<Record<string, Model>> {
  const models: Record<string, Model> = {};
  for (const [name, path] of sources) {
    if (typeof path !== "string") {
      throw new CliError("invalid_args", `model ${name} is in Python, and cannot run in the process of the server`, {
        hint: "leave out --inline",
      });
    }
    startup.setStep(path);
    models[name] = await importModel(path);
  }
  startup.setStep("warm of a model");
  return models;
}

/** `text` has been checked. */
function promotionRule(text: string): PromotionRule {
  if (text === "always" || text === "ask") return text;
  const colon = text.indexOf(":");
  return { metric: text.slice(colon + 1), better: text.slice(0, colon) as "higher" | "lower" };
}

function limitsOf(settings: RunSettings): NonNullable<HostOptions["limits"]> {
  const { keepVersions, keepRuns, keepDays, maxBytes, queuedRuns, queuedRunsPerCaller, bytesPerCaller } = settings;
  return withoutUndefined({
    keepVersions,
    keepRuns,
    keepDays,
    maxBytes,
    queuedRuns,
    queuedRunsPerCaller,
    bytesPerCaller,
  });
}
