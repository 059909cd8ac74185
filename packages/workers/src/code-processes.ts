// The processes that run one version of the models' code, and the predicts that they are called with.
import type { ErrorData, WorkerStats } from "@deepaas/core";
import type { Outcome, Predictor } from "@deepaas/core/ports";
import { type CallOptions, type PredictRequest, predictBatchOn, predictOn, streamOn } from "./calls.ts";
import type { LastLines } from "./last-lines.ts";
import type { FilesByModel } from "./messages.ts";
import type { WorkersSettings } from "./options.ts";
import { type WorkerOutput, workerOutput } from "./output.ts";
import { type CallKind, isWorker, type StartOptions, WorkerPool } from "./pool.ts";
import { type WeightsByModel, WorkerProcess } from "./process.ts";
import { RunAverages } from "./run-averages.ts";
import { ServedModels } from "./served-models.ts";
import type { SharedFolder } from "./shared-folder.ts";
import { type LossCount, statsOfSlot } from "./worker-stats.ts";

export interface CodeProcessesOptions {
  readonly settings: WorkersSettings;
  readonly lines: LastLines;
  readonly folder: () => SharedFolder;
  readonly weights: () => WeightsByModel;
  readonly losses: LossCount;
}

export class CodeProcesses {
  readonly models: ServedModels;
  readonly predictPool: WorkerPool;
  /** `predictPool` if trainings share its workers. */
  readonly trainPool: WorkerPool;
  readonly predictor: Predictor;
  readonly #options: CodeProcessesOptions;
  readonly #averages = new RunAverages();
  readonly #outputs = new WeakMap<WorkerProcess, WorkerOutput>();
  readonly #files = new Map<string, Map<string, string>>();
  /** From the end of the start until the close: then a worker that is lost is logged. Before, it is the error of the start. */
  #isWarm = false;

  constructor(options: CodeProcessesOptions) {
    this.#options = options;
    const { modules, predict, train, shared, callsPerWorker } = options.settings;
    this.models = new ServedModels(Object.keys(modules));
    const trainingsPerWorker = shared ? Math.ceil(train / predict) : 0;
    this.predictPool = this.#pool("predict", { predict: callsPerWorker, train: trainingsPerWorker }, true);
    this.trainPool = shared ? this.predictPool : this.#pool("train", { predict: 0, train: 1 }, false);
    this.predictor = this.#predictorOf();
  }

  get pools(): readonly WorkerPool[] {
    return [...new Set([this.predictPool, this.trainPool])];
  }

  get processes(): readonly WorkerProcess[] {
    return this.pools.flatMap((pool) => pool.processes);
  }

  /** What the models were loaded from. Empty unless the settings have `reportFiles`. */
  get files(): FilesByModel {
    return Object.fromEntries([...this.#files].map(([model, files]) => [model, Object.fromEntries(files)]));
  }

  stats(): readonly WorkerStats[] {
    const { modules, shared } = this.#options.settings;
    const models = Object.keys(modules);
    return this.pools.flatMap((pool) => {
      const purpose = shared ? "both" : pool === this.predictPool ? "predict" : "train";
      return pool.slots.flatMap((slot) => statsOfSlot(slot, { purpose, models }));
    });
  }

  outputOf(worker: WorkerProcess): WorkerOutput {
    return this.#outputs.get(worker) as WorkerOutput;
  }

  callOptions(signal: AbortSignal | undefined): CallOptions {
    const { folder, settings } = this.#options;
    return { folder: folder(), graceMs: settings.graceMs, ...(signal && { signal }) };
  }

  async start(signal: AbortSignal, options?: StartOptions): Promise<void> {
    await this.predictPool.start(signal, options);
    this.#isWarm = true;
  }

  /** A training that waits gets no worker. Those that run go on. */
  refuseTrainings(): void {
    if (this.trainPool === this.predictPool) this.predictPool.refuseTrainings();
    else void this.trainPool.retire();
  }

  /** No predict follows. Resolves when all processes have exited, the last with its training. */
  async retire(): Promise<void> {
    await Promise.all(this.pools.map((pool) => pool.retire()));
  }

  async close(): Promise<void> {
    this.#isWarm = false;
    await Promise.all(this.pools.map((pool) => pool.close()));
  }

  #predictorOf(): Predictor {
    const { settings } = this.#options;
    const pool = this.predictPool;
    return {
      slots: { predict: settings.predict * settings.callsPerWorker, train: settings.train },

      takesAhead: (model) => pool.takesAhead(model),

      predict: (model, args, call) => this.#predict({ model, args, call }),

      predictBatch: (model, argsList, call) =>
        this.#withWorker(
          call.signal,
          (worker) => predictBatchOn(worker, { model, argsList, call }, this.callOptions(call.signal)),
          (error) => argsList.map(() => failure(error)),
        ),

      predictStream: (model, args, call) => this.#stream({ model, args, call }),
    };
  }

  /** A predict that its worker had not begun when it was lost runs on the next one, before all that wait. */
  async #predict(request: PredictRequest): Promise<Outcome> {
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

  async *#stream(request: PredictRequest): AsyncGenerator<Outcome, void, undefined> {
    const { signal } = request.call;
    const worker = await this.predictPool.acquire("predict", signal);
    if (!isWorker(worker)) return yield failure(worker);
    try {
      yield* streamOn(worker, request, this.callOptions(signal));
    } finally {
      this.predictPool.release(worker, "predict");
    }
  }

  /** Runs `work` on a worker that predicts, or returns what `fail` makes of the reason why there is none. */
  async #withWorker<T>(
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

  #pool(purpose: CallKind, capacity: Readonly<Record<CallKind, number>>, eager: boolean): WorkerPool {
    const { settings, weights } = this.#options;
    const { maxCalls, slotDevices } = settings;
    return new WorkerPool({
      ...settings,
      size: settings[purpose],
      capacity,
      eager,
      spawn: (given, slot) => this.#spawn(given, slotDevices[purpose][slot]),
      maxHeld: (model) => this.#averages.maxHeld(model),
      needsReplacement: ({ callCount, overMemory }) => overMemory || (maxCalls > 0 && callCount >= maxCalls),
      weights,
    });
  }

  #spawn(weights: WeightsByModel, device: string | undefined): WorkerProcess {
    const { lines, folder } = this.#options;
    const settings = onDevice(this.#options.settings, device);
    const { logger, maxLinesPerSecond } = settings;
    const output = workerOutput({ logger, maxLinesPerSecond, onLine: lines.add });
    const worker: WorkerProcess = new WorkerProcess({
      settings,
      folder: folder(),
      weights,
      output,
      checkModels: (declarations) => this.models.check(declarations),
      onFiles: (files) => this.#addFiles(files),
      onOverMemory: () => {
        for (const pool of this.pools) pool.replaceIfNeeded(worker);
      },
    });
    this.#outputs.set(worker, output);
    void worker.exited.then(() => this.#onExit(worker));
    return worker;
  }

  /** Only of the processes of the start: one that follows may have loaded files that have changed since. */
  #addFiles(given: FilesByModel): void {
    if (this.#isWarm) return;
    for (const [model, files] of Object.entries(given)) {
      const known = this.#files.get(model) ?? new Map<string, string>();
      this.#files.set(model, known);
      for (const [path, hash] of Object.entries(files)) {
        // Two processes have loaded different content: one of them is out of date.
        known.set(path, (known.get(path) ?? hash) === hash ? hash : "different");
      }
    }
  }

  #onExit(worker: WorkerProcess): void {
    const { pid, exitReason: reason, lostCalls, draining, isReady } = worker;
    const { losses, settings } = this.#options;
    const { logger } = settings;
    // A failure during the start is its error; it is not logged twice.
    if (draining || !this.#isWarm) {
      logger.debug({ pid, reason }, "worker exited");
      return;
    }
    losses.add(worker);
    if (isReady) logger.warn({ pid, reason, lostCalls }, "worker lost");
    else logger.warn({ pid, reason }, "worker failed to start");
  }
}

function onDevice(settings: WorkersSettings, device: string | undefined): WorkersSettings {
  if (device === undefined) return settings;
  const { program } = settings;
  return { ...settings, program: { ...program, env: { ...program.env, CUDA_VISIBLE_DEVICES: device } } };
}

const failure = (error: ErrorData): Outcome => ({ ok: false, error });
