// The place of one worker in a pool: starts a worker, and starts another one when it is lost, after a delay that grows
// with each failure in a row.
import { errorText, type Logger } from "@deepaas/core";
import type { VersionFile } from "@deepaas/core/ports";
import { StartRefusedError, type WeightsByModel, type WorkerProcess } from "./process.ts";

/** From so many failures in a row, without an answered call between them, the service reports that it is degraded. */
export const crashLoopFailures = 3;
const stableAfterMs = 10_000;

export interface SlotOptions {
  readonly spawn: (weights: WeightsByModel) => WorkerProcess;
  readonly weights: () => WeightsByModel;
  /** Start another worker as soon as one is lost, not only when a call needs it. */
  readonly eager: boolean;
  readonly backOffMs: number;
  readonly maxBackOffMs: number;
  readonly logger: Logger;
  /** A worker is ready, was lost, or could not be started. */
  readonly onChange: () => void;
  /** Resolves when no predict is in flight on the worker; false if that takes too long. */
  readonly drained: (worker: WorkerProcess) => Promise<boolean>;
}

export interface WeightsChange {
  readonly model: string;
  /** With the new weights of the model. */
  readonly weights: WeightsByModel;
  readonly reload: (worker: WorkerProcess, weights: VersionFile | undefined) => Promise<void>;
}

/** Weights that are loaded in a worker which gets no calls yet. */
export interface LoadedWeights {
  /** The worker gets the new calls. */
  apply(): void;
  /** Goes on with the previous weights. */
  undo(): Promise<void>;
}

const nothingLoaded: LoadedWeights = { apply() {}, async undo() {} };

export class WorkerSlot {
  /** The worker that gets new calls. */
  worker: WorkerProcess | undefined;
  failuresInARow = 0;
  /** Why the last start was refused; undefined if it was not. */
  startRefusal: StartRefusedError | undefined;
  /** Earliest time of the next start, on the clock of `performance.now()`. */
  nextStartAt = 0;
  /** This worker gets no calls while it loads new weights. */
  paused: WorkerProcess | undefined;
  /** Why the last worker was lost or could not be started. */
  lastFailure = "";
  /** Every process of this slot that has not exited: also one that is starting, and those that are draining. */
  readonly processes = new Set<WorkerProcess>();
  readonly #options: SlotOptions;
  #starting: Promise<WorkerProcess> | undefined;
  #readySince = 0;
  #delayedStart: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: SlotOptions) {
    this.#options = options;
  }

  get isStarting(): boolean {
    return this.#starting !== undefined;
  }

  /** Why the slot is degraded; undefined if it is not. */
  get problem(): string | undefined {
    if (this.failuresInARow < crashLoopFailures) return undefined;
    if (this.worker && performance.now() - this.#readySince > stableAfterMs) {
      this.failuresInARow = 0;
      return undefined;
    }
    return `worker lost ${this.failuresInARow} times in a row: ${this.lastFailure}`;
  }

  /** Starts a worker if there is none: now, or once the delay after the last failure has passed. */
  ensureStarted(): void {
    if (this.#closed || this.worker || this.#starting || this.#delayedStart) return;
    const delayMs = this.nextStartAt - performance.now();
    if (delayMs <= 0) {
      this.replace().catch(() => {});
    } else {
      this.#delayedStart = setTimeout(() => {
        this.#delayedStart = undefined;
        this.ensureStarted();
      }, delayMs);
    }
  }

  /**
   * Starts a new worker; once it is ready, it gets the new calls and the old worker is drained. Rejects if the new worker
   * cannot be started.
   */
  async replace(weights: WeightsByModel = this.#options.weights()): Promise<void> {
    await this.#startAnother(weights, (worker) => this.#put(worker));
  }

  /** The worker gets the new calls. */
  #put(worker: WorkerProcess): void {
    const previous = this.worker;
    this.worker = worker;
    this.#readySince = performance.now();
    if (previous) drain(previous);
    if (this.failuresInARow > 0) this.#options.logger.info({ pid: worker.pid }, "worker restarted");
    this.#options.onChange();
  }

  /** Calls `onReady` in the turn in which the worker is ready, so that nobody starts one more. */
  async #startAnother<T>(weights: WeightsByModel, onReady: (worker: WorkerProcess) => T): Promise<T> {
    while (this.#starting) await this.#starting.catch(() => {});
    if (this.#closed) throw new Error("The worker slot is closed.");
    clearTimeout(this.#delayedStart);
    this.#delayedStart = undefined;
    this.#starting = this.#start(weights);
    try {
      const worker = await this.#starting;
      this.startRefusal = undefined;
      this.#starting = undefined;
      if (this.#closed) {
        drain(worker);
        throw new Error("The worker slot is closed.");
      }
      return onReady(worker);
    } catch (error) {
      this.#starting = undefined;
      this.startRefusal = error instanceof StartRefusedError ? error : undefined;
      // A sound worker goes on. One that gets no further calls must not block the start of another.
      if (this.worker?.overMemory) this.drain();
      if (!this.worker) this.#onFailure(errorText(error));
      throw error;
    }
  }

  /**
   * Loads new weights for one model: by `reload`, after the last predict of the worker, or in another process. Rejects if
   * they cannot be loaded; then the worker goes on with the previous ones.
   */
  async loadWeights(change: WeightsChange): Promise<LoadedWeights> {
    while (this.#starting) await this.#starting.catch(() => {});
    const { worker } = this;
    const { model, weights } = change;
    if (worker && worker.weights.get(model) === weights.get(model)) return nothingLoaded;
    // A worker that is started on demand will start with the new weights.
    if (!worker && !this.#options.eager) return nothingLoaded;
    if (!worker?.declarations[model]?.has.reload) return this.#loadInAnother(weights);
    this.paused = worker;
    const isDrained = await this.#options.drained(worker);
    if (isDrained && worker.alive) return this.#reload(worker, change);
    this.#resume();
    // It was lost meanwhile, or a call of it takes so long that its callers are served by another process.
    return worker.alive ? this.#loadInAnother(weights) : this.loadWeights(change);
  }

  async #loadInAnother(weights: WeightsByModel): Promise<LoadedWeights> {
    const worker = await this.#startAnother(weights, (started) => started);
    return { apply: () => this.#put(worker), undo: async () => drain(worker) };
  }

  async #reload(worker: WorkerProcess, { model, weights, reload }: WeightsChange): Promise<LoadedWeights> {
    const previous = worker.weights.get(model);
    const wanted = weights.get(model);
    try {
      await reload(worker, wanted);
    } catch (error) {
      this.#resume();
      throw error;
    }
    return {
      apply: () => {
        if (wanted) worker.weights.set(model, wanted);
        else worker.weights.delete(model);
        this.#resume();
      },
      undo: async () => {
        // A worker that cannot go back is replaced by one that starts with the previous weights.
        await reload(worker, previous).catch(() =>
          worker.kill("the previous weights could not be loaded", { loss: "weights" }),
        );
        this.#resume();
      },
    };
  }

  #resume(): void {
    this.paused = undefined;
    this.#options.onChange();
  }

  /** Ends every process and forgets every failure, so that `ensureStarted` begins anew. */
  async stop(): Promise<void> {
    this.close();
    await Promise.all(
      [...this.processes].map((worker) => {
        worker.kill("the start of the workers failed");
        return worker.exited;
      }),
    );
    while (this.#starting) await this.#starting.catch(() => {});
    this.#closed = false;
    this.worker = undefined;
    this.startRefusal = undefined;
    this.failuresInARow = 0;
    this.nextStartAt = 0;
  }

  /** The worker gets no further calls, finishes those that it has, and closes. */
  drain(): void {
    const { worker } = this;
    this.worker = undefined;
    if (worker) drain(worker);
  }

  /** Starts no further worker. The present one ends after the calls that it has; one that is starting is of no use. */
  retire(): void {
    this.close();
    this.drain();
    for (const worker of this.processes) {
      if (worker.isReady) continue;
      worker.draining = true;
      worker.kill("its code was replaced");
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#delayedStart);
    this.#delayedStart = undefined;
  }

  async #start(weights: WeightsByModel): Promise<WorkerProcess> {
    const worker = this.#options.spawn(weights);
    this.processes.add(worker);
    void worker.exited.then(() => {
      this.processes.delete(worker);
      if (this.worker !== worker) return;
      this.worker = undefined;
      this.#onFailure(worker.exitReason ?? "");
    });
    try {
      await worker.ready;
    } catch (error) {
      worker.kill("it could not be started");
      await worker.exited;
      throw error;
    }
    // The worker may exit right after it reported ready.
    if (!worker.alive) throw new Error(worker.exitReason ?? "it exited at once");
    return worker;
  }

  #onFailure(reason: string): void {
    this.failuresInARow++;
    this.lastFailure = reason;
    const { backOffMs, maxBackOffMs, logger } = this.#options;
    // After the first failure another worker is started at once.
    const delayMs = this.failuresInARow === 1 ? 0 : Math.min(backOffMs * 2 ** (this.failuresInARow - 2), maxBackOffMs);
    this.nextStartAt = performance.now() + delayMs;
    if (delayMs > 0 && !this.#closed) {
      logger.warn({ delayMs, failuresInARow: this.failuresInARow, reason }, "worker restart delayed");
    }
    if (this.#options.eager) this.ensureStarted();
    this.#options.onChange();
  }
}

function drain(worker: WorkerProcess): void {
  worker.draining = true;
  if (worker.calls.size === 0) void worker.close();
}
