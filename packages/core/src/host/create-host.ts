// The host: holds warmed models and serves them through the seam.

import { abortReason } from "../contract/abort-reason.ts";
import { DeepaasError, type ErrorCode, errorDataFrom, errorText } from "../contract/error.ts";
import type { JsonValue } from "../contract/json.ts";
import { type Logger, silentLogger } from "../contract/logger.ts";
import { isModelFile, type ModelFile } from "../contract/model-file.ts";
import type {
  CallOptions,
  ModelDescription,
  ModelMetadata,
  ModelService,
  ServiceStatus,
} from "../contract/model-service.ts";
import { settlesWithin } from "../contract/race.ts";
import type { Page, Run, RunEvent, RunFilter } from "../contract/run.ts";
import { toModel } from "../contract/to-model.ts";
import { memoryBlobs } from "../in-memory/blob-store.ts";
import { inlineExecutor } from "../in-memory/inline-executor.ts";
import { memoryEngine } from "../in-memory/run-engine.ts";
import { memoryStore } from "../in-memory/run-store.ts";
import type { Executor, ExecutorStatus, Outcome } from "../ports/executor.ts";
import { guardedObserver, type HostObserver } from "../ports/observer.ts";
import type { RunEngine } from "../ports/run-engine.ts";
import type { RunStore } from "../ports/run-store.ts";
import { CallScope } from "../predict/call-scope.ts";
import { OpenCalls } from "../predict/open-calls.ts";
import { type Lane, PredictScheduler } from "../predict/scheduler.ts";
import { runAttempts } from "../runs/attempts.ts";
import { RunManager } from "../runs/run-manager.ts";
import { type StoreHealth, storeHealth } from "../runs/store-health.ts";
import { watchRun } from "../runs/watch.ts";
import { type ArgsValidator, argsValidator } from "../schema/args-validator.ts";
import { type CompiledSchema, compileSchema } from "../schema/compile-schema.ts";
import { type CheckedLimits, checkHostOptions, type HostOptions, limitsOf, type Models } from "./options.ts";
import { warmModels } from "./warm-models.ts";

/** `M` is what the facades infer the types of each model from. */
export interface Host<M extends Models = Models> extends ModelService, AsyncDisposable {
  readonly "~models"?: M;
  /** Refuses new calls, waits up to `drainMs` for predicts, gives trainings `graceMs`, then ends what is left. */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

/** Warms every model before it resolves. Rejects with the model's name when one is unsound or cannot be warmed. */
export async function createHost<const M extends Models>(options: HostOptions<M>): Promise<Host<M>> {
  const limits = checkHostOptions(options as HostOptions);
  const logger = options.logger ?? silentLogger;
  const executor = options.executor ?? inlineExecutor({ models: modelsFrom(options.models ?? {}), logger });
  const health = storeHealth(options.store ?? memoryStore(), logger);
  const { store } = health;
  const blobs = options.blobs ?? memoryBlobs();
  const engine = options.engine ?? memoryEngine();
  const runs = new RunManager({ store, blobs, engine, maxQueued: limits.queuedRuns, retention: limits, logger });
  try {
    // First: a store that cannot be opened is told before anything is warmed, and knows the weights to warm with.
    await runs.open(executor);
    const descriptions = await warmModels({ executor, store, blobs, logger });
    const observer = guardedObserver(options.observer, logger);
    const scheduler = new PredictScheduler(executor, observer);
    const served = new Map<string, Served>();
    for (const [name, description] of Object.entries(descriptions)) {
      const { concurrency, queue, maxBatch, predictTimeoutMs } = limitsOf(name, limits);
      const batches = description.has.predictBatch;
      const slots = executor.slots.predict;
      const lane = scheduler.addLane({
        model: name,
        // Inline there is one thread: a second batch beside the first would only be a smaller one.
        concurrency: concurrency ?? (batches && slots === Number.POSITIVE_INFINITY ? 1 : slots),
        queue,
        maxBatch: batches ? maxBatch : 1,
      });
      served.set(name, serve(description, options.unknownArgs ?? "drop", { lane, timeoutMs: predictTimeoutMs }));
    }
    const describe = (model: string) => descriptions[model];
    const closing = new AbortController();
    const { graceMs } = limits;
    const desk = { store, blobs, executor, logger, observer, graceMs, describe, closing: closing.signal };
    await runs.start(runAttempts(desk), { executor, models: new Set(served.keys()) });
    return new HostImpl({
      executor,
      store,
      health,
      engine,
      runs,
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

interface Served {
  readonly description: ModelDescription;
  readonly predictArgs: ArgsValidator;
  readonly trainArgs: ArgsValidator;
  readonly response: CompiledSchema | undefined;
  readonly lane: Lane;
  readonly timeoutMs: number;
}

function serve(
  description: ModelDescription,
  unknownArgs: "drop" | "reject",
  scheduling: Pick<Served, "lane" | "timeoutMs">,
): Served {
  return {
    description,
    predictArgs: argsValidator(description.predictArgs, unknownArgs),
    trainArgs: argsValidator(description.trainArgs, unknownArgs),
    response: description.response === null ? undefined : compileSchema(description.response),
    ...scheduling,
  };
}

interface WarmHostParts {
  readonly executor: Executor;
  readonly store: RunStore;
  readonly health: StoreHealth;
  readonly engine: RunEngine;
  readonly runs: RunManager;
  readonly scheduler: PredictScheduler;
  readonly observer: HostObserver | undefined;
  readonly served: ReadonlyMap<string, Served>;
  readonly limits: CheckedLimits;
  readonly logger: Logger;
  /** Aborted when nothing is waited for any more. */
  readonly closing: AbortController;
}

class HostImpl implements Host {
  readonly #parts: WarmHostParts;
  readonly #calls = new OpenCalls();
  #closed: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;

  constructor(parts: WarmHostParts) {
    this.#parts = parts;
  }

  async models(options: CallOptions = {}): Promise<readonly ModelMetadata[]> {
    this.#admit(options);
    return [...this.#parts.served.values()].map(({ description }) => description.metadata);
  }

  async describe(model: string, options: CallOptions = {}): Promise<ModelDescription> {
    this.#admit(options);
    return this.#served(model).description;
  }

  async predict(model: string, args: unknown, options: CallOptions = {}): Promise<JsonValue | ModelFile> {
    this.#admit(options);
    const served = this.#served(model, "predict");
    const valid = served.predictArgs(args);
    const call = new CallScope(options);
    const { scheduler } = this.#parts;
    const end = this.#observe(model, call, options);
    const release = this.#begin(call, served, options);
    try {
      const value = this.#valueOf(await call.run(() => scheduler.predict(served.lane, valid, call)), served, call);
      end?.({});
      return value;
    } catch (error) {
      end?.({ error: errorDataFrom(error).code });
      throw error;
    } finally {
      release();
    }
  }

  async *predictStream(
    model: string,
    args: unknown,
    options: CallOptions = {},
  ): AsyncGenerator<JsonValue, void, undefined> {
    this.#admit(options);
    const served = this.#served(model, "predictStream");
    const valid = served.predictArgs(args);
    const call = new CallScope(options);
    const { executor, scheduler } = this.#parts;
    const end = this.#observe(model, call, options);
    const release = this.#begin(call, served, options);
    let failure: { readonly error?: ErrorCode } = {};
    let entering: Promise<() => void> | undefined;
    let parts: AsyncIterator<Outcome> | undefined;
    try {
      entering = scheduler.enter(served.lane, call);
      await call.run(() => entering as Promise<() => void>);
      parts = executor.predictStream(model, valid, call)[Symbol.asyncIterator]();
      for (;;) {
        const next = parts.next.bind(parts);
        const part = await call.run(() => next());
        if (part.done) return;
        if (!part.value.ok) throw DeepaasError.from(part.value.error);
        yield part.value.value as JsonValue;
      }
    } catch (error) {
      failure = { error: errorDataFrom(error).code };
      throw error;
    } finally {
      release();
      end?.(failure);
      call.end(new DeepaasError("cancelled", "The caller left the stream."));
      // Not awaited: a model that is stuck must not hold its caller, only its slot.
      void leaveStream(parts, entering);
    }
  }

  async train(model: string, args: unknown, options: CallOptions & { readonly runId?: string } = {}): Promise<Run> {
    return this.#ask(options, async (runs) => {
      const { description, trainArgs: validate } = this.#served(model, "train");
      return runs.train({ model, description, validate, args, runId: options.runId, owner: options.caller?.id });
    });
  }

  async run(id: string, options: CallOptions = {}): Promise<Run> {
    return this.#ask(options, (runs) => runs.run(id));
  }

  async runs(filter: RunFilter = {}, options: CallOptions = {}): Promise<Page<Run>> {
    return this.#ask(options, (runs) => runs.runs(filter));
  }

  async cancel(id: string, options: CallOptions = {}): Promise<Run> {
    return this.#ask(options, (runs) => runs.cancel(id));
  }

  async remove(id: string, options: CallOptions = {}): Promise<void> {
    return this.#ask(options, (runs) => runs.remove(id));
  }

  watch(
    id: string,
    options: CallOptions & { readonly after?: number } = {},
  ): AsyncGenerator<RunEvent, void, undefined> {
    const { after, timeoutMs } = options;
    const signals = [this.#parts.closing.signal];
    if (options.signal) signals.push(options.signal);
    if (timeoutMs !== undefined) signals.push(AbortSignal.timeout(timeoutMs));
    return watchRun(this.#parts.store, id, {
      signal: AbortSignal.any(signals),
      onStart: () => this.#admit(options),
      mapError: (error) => this.#mapError(error, options),
      ...(after !== undefined && { after }),
    });
  }

  async artifact(id: string, name: string, options: CallOptions = {}): Promise<ModelFile> {
    return this.#ask(options, (runs) => runs.artifact(id, name));
  }

  async status(_options?: CallOptions): Promise<ServiceStatus> {
    if (this.#closed) return { state: "closing", reasons: ["the server is shutting down"] };
    const { executor, health } = this.#parts;
    const { state, reasons }: ExecutorStatus = executor.status();
    const all = [...reasons, ...health.reasons()];
    return { state: state === "ready" && all.length === 0 ? "ready" : "degraded", reasons: all };
  }

  close(options: { readonly drainMs?: number } = {}): Promise<void> {
    this.#closed ??= this.#close(options.drainMs ?? this.#parts.limits.drainMs);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(drainMs: number): Promise<void> {
    const { engine, executor, store, runs, limits, logger, closing } = this.#parts;
    const gone = new DeepaasError("unavailable", "The server is shutting down.");
    const predicts = settlesWithin(
      drainMs,
      this.#calls.size === 0 ? Promise.resolve() : new Promise<void>((resolve) => (this.#onIdle = resolve)),
    );
    const trainings = settlesWithin(limits.graceMs, engine.close());
    if (!(await predicts)) for (const call of this.#calls) call.end(gone);
    if (!(await trainings)) logger.warn({ graceMs: limits.graceMs }, "a training did not stop when it was told to");
    closing.abort(gone);
    await executor.close();
    await runs.close();
    await store.close();
  }

  #admit({ signal }: CallOptions): void {
    if (this.#closed) throw new DeepaasError("unavailable", "The server is shutting down.");
    if (signal?.aborted) throw abortReason(signal);
  }

  /** What is asked about runs: the caller may leave, and has its time, as with a predict. */
  async #ask<T>(options: CallOptions, work: (runs: RunManager) => Promise<T>): Promise<T> {
    this.#admit(options);
    const { runs } = this.#parts;
    try {
      if (!options.signal && options.timeoutMs === undefined) return await work(runs);
      const call = new CallScope(options);
      const release = call.guard(options.timeoutMs);
      try {
        return await call.run(() => work(runs));
      } finally {
        release();
      }
    } catch (error) {
      throw this.#mapError(error, options);
    }
  }

  /** What a store or an engine throws of its own is logged and goes no further. */
  #mapError(error: unknown, { requestId }: CallOptions): DeepaasError {
    if (DeepaasError.is(error)) return error;
    this.#parts.logger.error({ err: error, requestId }, "a call about a run failed");
    return DeepaasError.from(errorDataFrom(error));
  }

  #served(model: string, member?: "predict" | "predictStream" | "train"): Served {
    const served = this.#parts.served.get(model);
    if (!served) throw new DeepaasError("not_found", `There is no model ${JSON.stringify(model)}.`);
    if (member && !served.description.has[member])
      throw new DeepaasError("not_implemented", `Model ${model} has no ${member}.`);
    return served;
  }

  /** Gives the function to call when the caller has its answer. */
  #begin(call: CallScope, { timeoutMs: defaultMs }: Served, options: CallOptions): () => void {
    const timeoutMs = options.timeoutMs ?? (defaultMs > 0 ? defaultMs : undefined);
    const release = options.signal || timeoutMs !== undefined ? call.guard(timeoutMs) : undefined;
    this.#calls.add(call);
    return () => {
      release?.();
      this.#calls.delete(call);
      if (this.#calls.size === 0) this.#onIdle?.();
    };
  }

  #observe(model: string, { requestId }: CallScope, { traceparent, caller }: CallOptions) {
    return this.#parts.observer?.predict?.({ model, requestId, traceparent, caller });
  }

  #valueOf(outcome: Outcome, { response, lane: { model } }: Served, call: CallScope): JsonValue | ModelFile {
    if (!outcome.ok) throw DeepaasError.from(outcome.error);
    const value = outcome.value as JsonValue | ModelFile;
    if (response && !isModelFile(value) && !response.check(value)) {
      this.#parts.logger.error(
        { model, requestId: call.requestId, issues: response.issues(value) },
        "the model's answer does not match its schema",
      );
      throw new DeepaasError("invalid_response", "The model's answer does not match its schema.");
    }
    return value;
  }
}

async function leaveStream(
  parts: AsyncIterator<Outcome> | undefined,
  entering: Promise<() => void> | undefined,
): Promise<void> {
  try {
    await parts?.return?.();
  } catch {
    // The caller has its answer already.
  }
  (await entering)?.();
}
