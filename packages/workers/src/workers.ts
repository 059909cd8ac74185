// The `Executor` that runs models in child processes.
import { DeepaasError, type ErrorData } from "@deepaas/core";
import type { Executor, LoadedCode, PrepareOptions, TrainCall, TrainJob } from "@deepaas/core/ports";
import { reloadOn } from "./calls.ts";
import { CodeProcesses } from "./code-processes.ts";
import { joinWorkers } from "./join-workers.ts";
import { type LastLines, lastLines } from "./last-lines.ts";
import { checkWorkersOptions, type WorkersOptions, type WorkersSettings } from "./options.ts";
import { isWorker } from "./pool.ts";
import { createSharedFolder, type SharedFolder } from "./shared-folder.ts";
import { type PreparedTraining, prepareTraining, trainOn } from "./training.ts";
import { ServedWeights } from "./weights.ts";
import { LossCount } from "./worker-stats.ts";
import type { Workers } from "./workers-executor.ts";

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
  const lines = lastLines();
  const parts = checkWorkersOptions(options).map((settings) => ({
    models: Object.keys(settings.modules),
    workers: workersOf(settings, lines),
  }));
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only.workers : joinWorkers(parts);
}

/** The workers of one program. */
function workersOf(settings: WorkersSettings, lines: LastLines): Workers {
  const runtime = new WorkersRuntime(settings, lines);
  return {
    ...runtime.code.predictor,

    async warm({ signal, weights }) {
      await runtime.start(signal, weights);
      return runtime.code.models.descriptions;
    },

    status: () => runtime.status(),
    stats: () => ({ workers: runtime.all.flatMap((code) => code.stats()), lostWorkers: runtime.losses.stats() }),

    async prepareTrain({ runId }, prepareOptions) {
      const prepared = await runtime.prepareTraining(prepareOptions);
      runtime.prepared.set(runId, prepared);
      return () => {
        runtime.prepared.delete(runId);
        prepared.place.release();
      };
    },

    train: (job, call) => runtime.train(job, call),
    refresh: (model, weights, record) => runtime.weights.refresh({ model, weights, record }, runtime.folder),
    reloadCode: ({ signal }) => runtime.reloadCode(signal),
    close: () => runtime.close(),
    debugOutput: lines.text,
    pids: () => runtime.all.flatMap(({ processes }) => processes.map(({ pid }) => pid)),
    files: () => runtime.newest.files,
  };
}

/** A worker that is held for a training, and the code that it runs. */
interface Prepared {
  readonly code: CodeProcesses;
  readonly place: PreparedTraining;
}

/** The parts that all calls share: the processes, the weights that they serve, and the shared folder. */
class WorkersRuntime {
  /** The code that is served. */
  code: CodeProcesses;
  /** The code that was loaded last, also if that failed. */
  newest: CodeProcesses;
  readonly weights: ServedWeights;
  /** The workers that are held for trainings, by run. */
  readonly prepared = new Map<string, Prepared>();
  /** Code that is not served: it is loaded and not committed, or it was replaced and its last calls run. */
  readonly #unserved = new Set<CodeProcesses>();
  readonly losses = new LossCount();
  readonly #settings: WorkersSettings;
  readonly #lines: LastLines;
  #folder: SharedFolder | undefined;
  #state: "warming" | "warm" | "closed" = "warming";
  #closing: Promise<void> | undefined;

  constructor(settings: WorkersSettings, lines: LastLines) {
    this.#settings = settings;
    this.#lines = lines;
    this.code = this.#newCode();
    this.newest = this.code;
    const served = () => this.code;
    this.weights = new ServedWeights({
      get predictPool() {
        return served().predictPool;
      },
      get trainPool() {
        return settings.shared ? undefined : served().trainPool;
      },
      logger: settings.logger,
      reload: (worker, model, weights) =>
        reloadOn(worker, { model, weights, timeoutMs: settings.startMs }, served().callOptions(undefined)),
    });
  }

  /** Only once it was warmed. */
  get folder(): SharedFolder {
    if (!this.#folder) throw new Error("The workers are not warm.");
    return this.#folder;
  }

  get all(): readonly CodeProcesses[] {
    return [this.code, ...this.#unserved];
  }

  async start(signal: AbortSignal, weights: Parameters<ServedWeights["load"]>[1]): Promise<void> {
    this.#folder ??= await createSharedFolder(this.#settings.tempFolder);
    await this.weights.load(Object.keys(this.#settings.modules), weights, this.#folder);
    await this.code.start(signal);
    this.#state = "warm";
  }

  status(): ReturnType<Executor["status"]> {
    if (this.#state !== "warm") return { state: this.#state, reasons: [] };
    const reasons = this.code.pools.flatMap((pool) => pool.problems());
    return { state: reasons.length > 0 ? "degraded" : "ready", reasons };
  }

  /** A worker of code that is replaced during the wait is of no use: then the wait begins again, for one of the new code. */
  async prepareTraining({ signal, onWait }: PrepareOptions): Promise<Prepared> {
    let waiting: Promise<void> | undefined;
    const onFirstWait = () => {
      waiting ??= onWait();
      return waiting;
    };
    for (;;) {
      const { code } = this;
      const place = await prepareTraining(code.trainPool, { signal, onWait: onFirstWait });
      if (code === this.code || signal.aborted) return { code, place };
      place.release();
    }
  }

  async train(job: TrainJob, call: TrainCall): ReturnType<Executor["train"]> {
    const { code } = this;
    const prepared = this.prepared.get(job.runId);
    const isReady = prepared?.code === code;
    // The code was replaced after the worker was ready.
    if (!isReady) prepared?.place.release();
    const place = isReady
      ? prepared.place
      : await prepareTraining(code.trainPool, { signal: call.signal, onWait: async () => {} });
    try {
      const { worker } = place;
      if (!isWorker(worker)) return { ok: false, error: this.#state === "warm" ? asLost(worker) : worker };
      const output = code.outputOf(worker);
      const outcome = trainOn(worker, { job, call }, { folder: this.folder, output, stallMs: this.#settings.stallMs });
      place.begun();
      return await outcome;
    } finally {
      if (!isReady) place.release();
    }
  }

  async reloadCode(signal: AbortSignal): Promise<LoadedCode> {
    const letWeightsChange = await this.weights.hold();
    const next = this.#newCode();
    this.newest = next;
    this.#unserved.add(next);
    const discard = async () => {
      await next.close();
      this.#unserved.delete(next);
      letWeightsChange();
    };
    try {
      if (this.#state !== "warm") throw new DeepaasError("unavailable", "The workers are not running.");
      // Not tried again: if it failed by chance, the one who wants the change can say so.
      await next.start(signal, { maxFailures: 1 });
    } catch (error) {
      await discard();
      throw error;
    }
    const commit = (drained: Promise<void>) => {
      const previous = this.code;
      this.code = next;
      this.#unserved.delete(next);
      this.#unserved.add(previous);
      previous.refuseTrainings();
      void drained.then(() => previous.retire()).then(() => this.#unserved.delete(previous));
      letWeightsChange();
    };
    return { descriptions: next.models.descriptions, predictor: next.predictor, commit, discard };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#state = "closed";
    await Promise.all(this.all.map((code) => code.close()));
    await this.#folder?.close();
  }

  #newCode(): CodeProcesses {
    return new CodeProcesses({
      settings: this.#settings,
      lines: this.#lines,
      folder: () => this.folder,
      weights: () => this.weights.current,
      losses: this.losses,
    });
  }
}

/** A training whose worker cannot be started is lost, and goes on as the next attempt. */
function asLost(error: ErrorData): ErrorData {
  return error.code === "unavailable" ? { ...error, code: "worker_lost" } : error;
}
