// The `Executor` that runs models in child processes.
import type { ErrorData, ModelDescription, ModelFile } from "@deepaas/core";
import type { Executor, ExecutorCall, Outcome } from "@deepaas/core/ports";
import { lastLines } from "./last-lines.ts";
import { type PrivateFolder, privateFolder } from "./private-folder.ts";
import { trainOn } from "./train-on.ts";
import { type AskOptions, predictBatchOn, predictOn, reloadOn, streamOn } from "./worker-calls.ts";
import { type WorkerOutput, workerOutput } from "./worker-output.ts";
import { type Acquired, type Lane, WorkerPool } from "./worker-pool.ts";
import { type Weights, WorkerProcess } from "./worker-process.ts";
import { checkWorkersOptions, type WorkersOptions } from "./workers-options.ts";

export interface Workers extends Executor {
  /**
   * The last lines that the models printed, whether in a call, a training or neither, and what was said of lines that were
   * dropped: at most 1,000 lines and 1,048,576 characters, also after `close`. It needs no `this`: `rest` takes it as
   * its option `debugOutput`, and `/v2/debug/` answers it.
   */
  readonly debugOutput: () => string;
  /** The processes that live now. */
  pids(): readonly number[];
}

/**
 * Runs the models of these modules in child processes, which are started again when they die and ended when they do not
 * stop. This process imports none of the modules: what it knows of a model is what a worker says when it has warmed it.
 *
 * Throws a TypeError for an unknown or unsound option. A call whose worker dies is `worker_lost` at once; while no worker
 * can be started calls are `unavailable`, with a time to come back.
 */
export function workers(options: WorkersOptions): Workers {
  const settings = checkWorkersOptions(options);
  const { logger, maxLinesPerSecond, graceMs, shared, callsPerWorker, stallMs } = settings;
  const lines = lastLines();
  const outputs = new WeakMap<WorkerProcess, WorkerOutput>();
  let folder: PrivateFolder | undefined;
  let weights: Weights = new Map();
  let state: "warming" | "warm" | "closed" = "warming";
  let refreshing: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;

  const spawn = (given: Weights): WorkerProcess => {
    const output = workerOutput({ logger, maxLinesPerSecond, onLine: lines.add });
    const worker: WorkerProcess = new WorkerProcess({
      settings,
      folder: folder as PrivateFolder,
      weights: given,
      output,
      onOutgrown() {
        for (const pool of pools) pool.replaceWorn(worker);
      },
    });
    outputs.set(worker, output);
    const { pid } = worker;
    void worker.gone.then(() => {
      // While warming, whoever warms is told.
      if (worker.retired || state !== "warm") logger.debug({ pid, reason: worker.reason }, "a worker has ended");
      else logger.warn({ pid, reason: worker.reason }, "a worker was lost");
    });
    return worker;
  };
  const isWorn = ({ given, outgrown }: WorkerProcess) =>
    outgrown || (settings.maxCalls > 0 && given >= settings.maxCalls);
  const poolOf = (seats: number, room: Readonly<Record<Lane, number>>, eager: boolean) =>
    new WorkerPool({ ...settings, seats, room, eager, spawn, isWorn, weights: () => weights });

  const predicts = poolOf(
    settings.predict,
    { predict: callsPerWorker, train: shared ? Math.ceil(settings.train / settings.predict) : 0 },
    true,
  );
  const trains = shared ? predicts : poolOf(settings.train, { predict: 0, train: 1 }, false);
  const pools = new Set([predicts, trains]);

  const ask = (signal: AbortSignal): AskOptions => ({ folder: folder as PrivateFolder, graceMs, signal });

  /** The outcome of `work` on a worker, or why there was none. */
  async function on<T>(
    call: Pick<ExecutorCall, "requestId" | "signal">,
    work: (worker: WorkerProcess) => Promise<T>,
    failed: (error: ErrorData) => T,
  ): Promise<T> {
    const acquired = predicts.acquire("predict", call.signal);
    const worker = acquired instanceof Promise ? await acquired : acquired;
    if (!isWorker(worker)) return failed(worker);
    const answer = await work(worker);
    predicts.release(worker, "predict", worker.alive);
    return answer;
  }

  return {
    slots: { predict: settings.predict * callsPerWorker, train: settings.train },

    async warm({ signal, published }): Promise<Readonly<Record<string, ModelDescription>>> {
      folder = await privateFolder(settings.tempFolder);
      const newest = new Map<string, ModelFile>();
      for (const name of Object.keys(settings.modules)) {
        const file = await published(name);
        if (file) newest.set(name, await folder.keep(file));
      }
      weights = newest;
      const { models } = await predicts.open(signal);
      state = "warm";
      return models;
    },

    status() {
      if (state !== "warm") return { state: state === "closed" ? "closed" : "warming", reasons: [] };
      const reasons = [...pools].flatMap((pool) => pool.troubles());
      return { state: reasons.length > 0 ? "degraded" : "ready", reasons };
    },

    predict: (model, args, call) =>
      on(call, (worker) => predictOn(worker, { model, args, call }, ask(call.signal)), failure),

    predictBatch: (model, argsList, call) =>
      on(
        call,
        (worker) => predictBatchOn(worker, { model, argsList, call }, ask(call.signal)),
        (error) => argsList.map(() => failure(error)),
      ),

    async *predictStream(model, args, call) {
      const worker = await predicts.acquire("predict", call.signal);
      if (!isWorker(worker)) return yield failure(worker);
      try {
        yield* streamOn(worker, { model, args, call }, ask(call.signal));
      } finally {
        predicts.release(worker, "predict", worker.alive);
      }
    },

    async train(job, call) {
      const worker = await trains.acquire("train", call.signal);
      // A run whose worker cannot be started has lost it.
      if (!isWorker(worker)) {
        return failure(worker.code === "unavailable" && state === "warm" ? { ...worker, code: "worker_lost" } : worker);
      }
      const output = outputs.get(worker) as WorkerOutput;
      const outcome = await trainOn(worker, { job, call }, { folder: folder as PrivateFolder, output, stallMs });
      trains.release(worker, "train", worker.alive);
      return outcome;
    },

    refresh(model, published) {
      const refreshed = refreshing.then(() => refresh(model, published));
      refreshing = refreshed.catch(() => {});
      return refreshed;
    },

    close() {
      closing ??= close();
      return closing;
    },

    debugOutput: lines.text,
    pids: () => [...pools].flatMap((pool) => pool.live.map(({ pid }) => pid)),
  };

  async function refresh(model: string, published: ModelFile): Promise<void> {
    const kept = await (folder as PrivateFolder).keep(published);
    const candidate = new Map(weights).set(model, kept);
    const reload = (worker: WorkerProcess) =>
      reloadOn(
        worker,
        { model, published: kept, withinMs: settings.startMs },
        { folder: folder as PrivateFolder, graceMs },
      );
    // The first one shows whether they can be loaded; until then nothing has changed.
    const [first, ...rest] = predicts.seats;
    try {
      await first?.adopt({ model, weights: candidate, reload });
    } catch (error) {
      (folder as PrivateFolder).delete([kept.path as string]);
      throw error;
    }
    weights = candidate;
    for (const seat of rest) {
      await seat.adopt({ model, weights, reload }).catch((error: unknown) => {
        logger.error({ err: error, model }, "a worker could not load the new weights; it is replaced");
        seat.worker?.kill("it could not load the new weights");
      });
    }
    if (!shared) for (const seat of trains.seats) seat.dismiss();
  }

  async function close(): Promise<void> {
    state = "closed";
    await Promise.all([...pools].map((pool) => pool.close()));
    await folder?.close();
  }
}

const failure = (error: ErrorData): Outcome => ({ ok: false, error });

function isWorker(acquired: Acquired): acquired is WorkerProcess {
  return acquired instanceof WorkerProcess;
}
