// The `Executor` that runs models in child processes.
import type { ErrorData } from "@deepaas/core";
import type { Executor, Outcome } from "@deepaas/core/ports";
import { type CallOptions, type PredictRequest, predictBatchOn, predictOn, reloadOn, streamOn } from "./calls.ts";
import { type LastLines, lastLines } from "./last-lines.ts";
import { checkWorkersOptions, type WorkersOptions, type WorkersSettings } from "./options.ts";
import { type WorkerOutput, workerOutput } from "./output.ts";
import { type CallKind, isWorker, WorkerPool } from "./pool.ts";
import { type WeightsByModel, WorkerProcess } from "./process.ts";
import { RunAverages } from "./run-averages.ts";
import { ServedModels } from "./served-models.ts";
import { createSharedFolder, type SharedFolder } from "./shared-folder.ts";
import { type PreparedTraining, prepareTraining, trainOn } from "./training.ts";
import { ServedWeights } from "./weights.ts";

export interface Workers extends Executor {
  /**
   * Returns the last lines that the models printed, inside and outside of calls, and how many lines were dropped: at most
   * 1,000 lines and 1,048,576 characters, also after `close`. It does not need `this`: pass it to `rest` or `createServer`
   * as `debugOutput`, and `/v2/debug/` returns these lines.
   */
  readonly debugOutput: () => string;
  /** The ids of the worker processes that run now. */
  pids(): readonly number[];
}

/**
 * Runs the models of these modules in child processes. A process that dies is started again; one that does not stop
 * when it should is killed. This process imports none of the modules.
 *
 * Throws a TypeError for an unknown or invalid option. A call whose worker dies rejects `worker_lost` at once; while no
 * worker can be started, calls reject `unavailable` with `retryAfterMs`.
 *
 * @example
 * const executor = workers({ modules: { digits: "./digits.ts" }, predict: 2 });
 * const host = await createHost({ executor });
 */
export function workers(options: WorkersOptions): Workers {
  const settings = checkWorkersOptions(options);
  const lines = lastLines();
  const runtime = new WorkersRuntime(settings, lines);
  return {
    slots: { predict: settings.predict * settings.callsPerWorker, train: settings.train },

    async warm({ signal, weights }) {
      await runtime.start(signal, weights);
      return runtime.models.descriptions;
    },

    status: () => runtime.status(),

    takesAhead: (model) => runtime.predictPool.takesAhead(model),

    predict: (model, args, call) => runtime.predict({ model, args, call }),

    predictBatch: (model, argsList, call) =>
      runtime.withWorker(
        call.signal,
        (worker) => predictBatchOn(worker, { model, argsList, call }, runtime.callOptions(call.signal)),
        (error) => argsList.map(() => failure(error)),
      ),

    async *predictStream(model, args, call) {
      const worker = await runtime.predictPool.acquire("predict", call.signal);
      if (!isWorker(worker)) return yield failure(worker);
      try {
        yield* streamOn(worker, { model, args, call }, runtime.callOptions(call.signal));
      } finally {
        runtime.predictPool.release(worker, "predict");
      }
    },

    async prepareTrain(runId, prepareOptions) {
      const place = await prepareTraining(runtime.trainPool, prepareOptions);
      runtime.prepared.set(runId, place);
      return () => {
        runtime.prepared.delete(runId);
        place.release();
      };
    },

    async train(job, call) {
      const { trainPool, folder, prepared } = runtime;
      const before = prepared.get(job.runId);
      const place = before ?? (await prepareTraining(trainPool, { signal: call.signal, onWait: async () => {} }));
      try {
        const { worker } = place;
        if (!isWorker(worker)) return failure(runtime.isWarm ? asLost(worker) : worker);
        const output = runtime.outputOf(worker);
        const outcome = trainOn(worker, { job, call }, { folder, output, stallMs: settings.stallMs });
        place.begun();
        return await outcome;
      } finally {
        if (!before) place.release();
      }
    },

    refresh: (model, weights, record) => runtime.weights.refresh({ model, weights, record }, runtime.folder),
    close: () => runtime.close(),
    debugOutput: lines.text,
    pids: () => runtime.processes().map(({ pid }) => pid),
  };
}

/** The parts that all calls share: the pools, the models and weights that they serve, and the shared folder. */
class WorkersRuntime {
  readonly models: ServedModels;
  readonly weights: ServedWeights;
  readonly predictPool: WorkerPool;
  /** `predictPool` if trainings share its workers. */
  readonly trainPool: WorkerPool;
  /** The workers that are held for trainings, by run. */
  readonly prepared = new Map<string, PreparedTraining>();
  readonly #settings: WorkersSettings;
  readonly #lines: LastLines;
  readonly #averages = new RunAverages();
  readonly #outputs = new WeakMap<WorkerProcess, WorkerOutput>();
  #folder: SharedFolder | undefined;
  #state: "warming" | "warm" | "closed" = "warming";
  #closing: Promise<void> | undefined;

  constructor(settings: WorkersSettings, lines: LastLines) {
    const { modules, predict, train, shared, callsPerWorker, startMs, logger } = settings;
    this.#settings = settings;
    this.#lines = lines;
    this.models = new ServedModels(Object.keys(modules));
    const trainingsPerWorker = shared ? Math.ceil(train / predict) : 0;
    this.predictPool = this.#pool(predict, { predict: callsPerWorker, train: trainingsPerWorker }, true);
    this.trainPool = shared ? this.predictPool : this.#pool(train, { predict: 0, train: 1 }, false);
    this.weights = new ServedWeights({
      predictPool: this.predictPool,
      trainPool: shared ? undefined : this.trainPool,
      logger,
      reload: (worker, model, weights) =>
        reloadOn(worker, { model, weights, timeoutMs: startMs }, this.callOptions(undefined)),
    });
  }

  get isWarm(): boolean {
    return this.#state === "warm";
  }

  /** Only once it was warmed. */
  get folder(): SharedFolder {
    if (!this.#folder) throw new Error("The workers are not warm.");
    return this.#folder;
  }

  async start(signal: AbortSignal, weights: Parameters<ServedWeights["load"]>[1]): Promise<void> {
    this.#folder ??= await createSharedFolder(this.#settings.tempFolder);
    await this.weights.load(Object.keys(this.#settings.modules), weights, this.#folder);
    await this.predictPool.start(signal);
    this.#state = "warm";
  }

  status(): ReturnType<Executor["status"]> {
    if (!this.isWarm) return { state: this.#state === "closed" ? "closed" : "warming", reasons: [] };
    const reasons = this.#pools().flatMap((pool) => pool.problems());
    return { state: reasons.length > 0 ? "degraded" : "ready", reasons };
  }

  processes(): readonly WorkerProcess[] {
    return this.#pools().flatMap((pool) => pool.processes);
  }

  outputOf(worker: WorkerProcess): WorkerOutput {
    return this.#outputs.get(worker) as WorkerOutput;
  }

  callOptions(signal: AbortSignal | undefined): CallOptions {
    return { folder: this.folder, graceMs: this.#settings.graceMs, ...(signal && { signal }) };
  }

  /** A predict that its worker had not begun when it was lost runs on the next one, before all that wait. */
  async predict(request: PredictRequest): Promise<Outcome> {
    const { model, call } = request;
    const pool = this.predictPool;
    for (let first = false; ; first = true) {
      const acquired = pool.acquire("predict", call.signal, { model, first });
      const worker = acquired instanceof Promise ? await acquired : acquired;
      if (!isWorker(worker)) return failure(worker);
      const onRun = (ms: number) => this.#averages.add(model, ms);
      const ahead = pool.holdsLast(worker);
      const outcome = await predictOn(worker, request, { ...this.callOptions(call.signal), ahead, onRun });
      pool.release(worker, "predict");
      if (outcome) return outcome;
    }
  }

  /** Runs `work` on a worker that predicts, or returns what `fail` makes of the reason why there is none. */
  async withWorker<T>(
    signal: AbortSignal,
    work: (worker: WorkerProcess) => Promise<T>,
    fail: (error: ErrorData) => T,
  ): Promise<T> {
    const acquired = this.predictPool.acquire("predict", signal);
    const worker = acquired instanceof Promise ? await acquired : acquired;
    if (!isWorker(worker)) return fail(worker);
    const result = await work(worker);
    this.predictPool.release(worker, "predict");
    return result;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#state = "closed";
    await Promise.all(this.#pools().map((pool) => pool.close()));
    await this.#folder?.close();
  }

  #pools(): readonly WorkerPool[] {
    return [...new Set([this.predictPool, this.trainPool])];
  }

  #pool(size: number, capacity: Readonly<Record<CallKind, number>>, eager: boolean): WorkerPool {
    const { maxCalls } = this.#settings;
    return new WorkerPool({
      ...this.#settings,
      size,
      capacity,
      eager,
      spawn: (weights) => this.#spawn(weights),
      maxHeld: (model) => this.#averages.maxHeld(model),
      needsReplacement: ({ callCount, overMemory }) => overMemory || (maxCalls > 0 && callCount >= maxCalls),
      weights: () => this.weights.current,
    });
  }

  #spawn(weights: WeightsByModel): WorkerProcess {
    const { logger, maxLinesPerSecond } = this.#settings;
    const output = workerOutput({ logger, maxLinesPerSecond, onLine: this.#lines.add });
    const worker: WorkerProcess = new WorkerProcess({
      settings: this.#settings,
      folder: this.folder,
      weights,
      output,
      checkModels: (declarations) => this.models.check(declarations),
      onOverMemory: () => {
        for (const pool of this.#pools()) pool.replaceIfNeeded(worker);
      },
    });
    this.#outputs.set(worker, output);
    void worker.exited.then(() => this.#logExit(worker));
    return worker;
  }

  #logExit({ pid, exitReason: reason, lostCalls, draining, isReady }: WorkerProcess): void {
    const { logger } = this.#settings;
    // A failure during `warm` rejects it; it is not logged twice.
    if (draining || !this.isWarm) logger.debug({ pid, reason }, "worker exited");
    else if (isReady) logger.warn({ pid, reason, lostCalls }, "worker lost");
    else logger.warn({ pid, reason }, "worker failed to start");
  }
}

const failure = (error: ErrorData): Outcome => ({ ok: false, error });

/** A training whose worker cannot be started is lost, and goes on as the next attempt. */
function asLost(error: ErrorData): ErrorData {
  return error.code === "unavailable" ? { ...error, code: "worker_lost" } : error;
}
