// Builds a host: opens the store, warms the models, starts the runs.

import { errorText } from "../contract/error.ts";
import { consoleLogger } from "../contract/logger.ts";
import type { ModelDescription } from "../contract/model-service.ts";
import { toModel } from "../contract/to-model.ts";
import { memoryBlobs } from "../in-memory/blob-store.ts";
import { inlineExecutor } from "../in-memory/inline-executor.ts";
import { memoryEngine } from "../in-memory/run-engine.ts";
import { memoryStore } from "../in-memory/run-store.ts";
import { guardedObserver } from "../ports/observer.ts";
import { PredictScheduler } from "../predict/scheduler.ts";
import { runAttempts } from "../runs/attempts.ts";
import { RunManager } from "../runs/run-manager.ts";
import { storeHealth } from "../runs/store-health.ts";
import { argsValidator } from "../schema/args-validator.ts";
import { compileSchema } from "../schema/compile-schema.ts";
import { WeightsManager } from "../weights/weights-manager.ts";
import { type Host, HostImpl, type ServedModel } from "./host.ts";
import { checkHostOptions, type HostOptions, limitsOf, type Models } from "./options.ts";
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
  const executor = options.executor ?? inlineExecutor({ models: modelsFrom(options.models ?? {}), logger });
  const health = storeHealth(options.store ?? memoryStore(), logger);
  const { store } = health;
  const blobs = options.blobs ?? memoryBlobs();
  const engine = options.engine ?? memoryEngine();
  const runs = new RunManager({ store, blobs, engine, maxQueued: limits.queuedRuns, retention: limits, logger });
  try {
    // The store comes first: it has the weights to warm with, and if it cannot be opened no time is lost on warming.
    await runs.open(executor);
    const { descriptions, loaded } = await warmModels({ executor, store, blobs, logger });
    const { keepVersions } = limits;
    const promote = options.promote ?? "always";
    const describe = (model: string) => descriptions[model] as ModelDescription;
    const weights = new WeightsManager({ store, blobs, executor, logger, keepVersions, promote, describe });
    weights.start(loaded);
    const observer = guardedObserver(options.observer, logger);
    const scheduler = new PredictScheduler(executor, observer);
    const served = new Map<string, ServedModel>();
    for (const [name, description] of Object.entries(descriptions)) {
      const { concurrency, queue, maxBatch, predictTimeoutMs } = limitsOf(name, limits);
      const batches = description.has.predictBatch;
      const slots = executor.slots.predict;
      const lane = scheduler.addLane({
        model: name,
        // Inline there is one thread: a second batch at the same time would only make both smaller.
        concurrency: concurrency ?? (batches && slots === Number.POSITIVE_INFINITY ? 1 : slots),
        queue,
        maxBatch: batches ? maxBatch : 1,
      });
      served.set(name, serve(description, options.unknownArgs ?? "drop", { lane, timeoutMs: predictTimeoutMs }));
    }
    const closing = new AbortController();
    const { graceMs, storePatienceMs } = limits;
    const desk = {
      store,
      blobs,
      executor,
      weights,
      logger,
      observer,
      graceMs,
      storePatienceMs,
      describe,
      closing: closing.signal,
    };
    await runs.start(runAttempts(desk), { executor, models: new Set(served.keys()) });
    return new HostImpl({
      executor,
      store,
      health,
      engine,
      runs,
      weights,
      scheduler,
      observer,
      served,
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

function serve(
  description: ModelDescription,
  unknownArgs: "drop" | "reject",
  scheduling: Pick<ServedModel, "lane" | "timeoutMs">,
): ServedModel {
  return {
    description,
    predictArgs: argsValidator(description.predictArgs, unknownArgs),
    trainArgs: argsValidator(description.trainArgs, unknownArgs),
    response: description.response === null ? undefined : compileSchema(description.response),
    ...scheduling,
  };
}
