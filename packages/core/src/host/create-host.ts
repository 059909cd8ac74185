// Builds a host: opens the store, warms the models, starts the runs.

import { errorText } from "../contract/error.ts";
import { withoutUndefined } from "../contract/json.ts";
import { consoleLogger } from "../contract/logger.ts";
import { toModel } from "../contract/to-model.ts";
import { memoryBlobs } from "../in-memory/blob-store.ts";
import { inlineExecutor } from "../in-memory/inline-executor.ts";
import { memoryEngine } from "../in-memory/run-engine.ts";
import { memoryStore } from "../in-memory/run-store.ts";
import { guardObserver } from "../ports/guard-observer.ts";
import { hostHooks } from "../ports/observer.ts";
import { runAttempts } from "../runs/attempts.ts";
import { OpenWatches } from "../runs/open-watches.ts";
import { RunManager } from "../runs/run-manager.ts";
import { storeHealth } from "../runs/store-health.ts";
import { WeightsManager } from "../weights/weights-manager.ts";
import { type Host, HostImpl } from "./host.ts";
import { HostCode } from "./host-code.ts";
import { checkHostOptions, type HostOptions, type Models } from "./options.ts";
import type { ServedModel } from "./served-code.ts";
import { warmModels } from "./warm-models.ts";

/**
 * Returns a host whose models are warm. Throws a TypeError for an option that is unknown or out of its limits. Rejects with
 * the model's name if a model is unsound or cannot be warmed, and as the store does if it cannot be opened.
 *
 * @example
 * const host = await createHost({ models: { digits: new Digits() } });
 * const answer = await host.predict("digits", { image });
 */
export async function createHost<const M extends Models>(options: HostOptions<M>): Promise<Host<M>> {
  const limits = checkHostOptions(options as HostOptions);
  const logger = options.logger ?? consoleLogger;
  const { modelObserver } = options;
  const executor =
    options.executor ?? inlineExecutor({ models: modelsFrom(options.models ?? {}), logger, observer: modelObserver });
  const observer = guardObserver(options.observer, hostHooks, logger);
  const health = storeHealth(options.store ?? memoryStore(), logger, observer);
  const { store } = health;
  const blobs = options.blobs ?? memoryBlobs();
  const engine = options.engine ?? memoryEngine();
  const { queuedRuns: maxQueued } = limits;
  const runs = new RunManager({
    store,
    blobs,
    engine,
    maxQueued,
    perCaller: limits,
    retention: limits,
    logger,
    observer,
    node: options.node,
  });
  try {
    // The store comes first: it has the weights to warm with, and if it cannot be opened no time is lost on warming.
    await runs.open(executor);
    const { descriptions, loaded } = await warmModels({
      executor,
      store,
      blobs,
      logger,
      isShared: options.node !== undefined,
    });
    const code = new HostCode(executor, descriptions, { limits, unknownArgs: options.unknownArgs ?? "drop", observer });
    const served = (model: string) => code.current.models.get(model) as ServedModel;
    const { keepVersions } = limits;
    const promote = options.promote ?? "always";
    const describe = (model: string) => served(model).description;
    const weights = new WeightsManager({ store, blobs, executor, logger, keepVersions, promote, describe });
    weights.start(loaded);
    const closing = new AbortController();
    const { graceMs, storePatienceMs } = limits;
    const desk = {
      store,
      blobs,
      executor,
      weights,
      logger,
      observer,
      isShared: options.node !== undefined,
      graceMs,
      storePatienceMs,
      served,
      closing: closing.signal,
    };
    const models = new Set(code.current.models.keys());
    await runs.start(runAttempts(desk), { executor, models, needsOf: (model) => describe(model).needs ?? [] });
    return new HostImpl({
      executor,
      store,
      health,
      watches: new OpenWatches(),
      engine,
      runs,
      weights,
      code,
      observer,
      node: options.node && { labels: [], trains: true, ...withoutUndefined(options.node) },
      limits,
      logger,
      closing,
    });
  } catch (error) {
    await executor.close();
    await store.close();
    throw error;
  }
}

function modelsFrom(models: Models): Models {
  return Object.fromEntries(
    Object.entries(models).map(([name, exported]) => {
      try {
        return [name, toModel(exported)];
      } catch (error) {
        throw new TypeError(`Model ${name}: ${errorText(error)}`, { cause: error });
      }
    }),
  );
}
