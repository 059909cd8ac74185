// One place for a worker: starts it, starts another one when it is lost, later each time that happens in a row.
import type { Logger, ModelFile } from "@deepaas/core";
import { type Ready, type Weights, type WorkerProcess, WorkerRefused } from "./worker-process.ts";

/** So many deaths in a row, without a call that was answered, are told as a fault of the service. */
export const crashLoopAfter = 3;
const stableAfterMs = 10_000;

export interface SeatOptions {
  readonly spawn: (weights: Weights) => WorkerProcess;
  readonly weights: () => Weights;
  /** Started again at once when it is lost, and not only when it is wanted. */
  readonly eager: boolean;
  readonly backOffMs: number;
  readonly maxBackOffMs: number;
  readonly logger: Logger;
  /** A worker has come, gone, or could not be started. */
  readonly onChange: () => void;
}

export class Seat {
  /** Takes calls. */
  worker: WorkerProcess | undefined;
  ready: Ready | undefined;
  /** Deaths in a row. */
  failures = 0;
  /** What it said, when starting it again would only repeat it. */
  refused: WorkerRefused | undefined;
  /** When it is started again. */
  nextStartAt = 0;
  /** All that live: one more than `worker` while it is being replaced, and those that finish their last calls. */
  readonly alive = new Set<WorkerProcess>();
  readonly #options: SeatOptions;
  #starting: Promise<WorkerProcess> | undefined;
  #servingSince = 0;
  #lastReason = "";
  #backOff: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: SeatOptions) {
    this.#options = options;
  }

  get starting(): boolean {
    return this.#starting !== undefined;
  }

  /** Why it does not serve, or only until it dies again. */
  get trouble(): string | undefined {
    const looping = this.failures >= crashLoopAfter;
    if (looping && this.worker && performance.now() - this.#servingSince > stableAfterMs) this.failures = 0;
    else if (looping) return `a worker was lost ${this.failures} times in a row: ${this.#lastReason}`;
    return undefined;
  }

  get lastReason(): string {
    return this.#lastReason;
  }

  /** Starts a worker if there is none, unless it has to wait. */
  want(): void {
    if (this.#closed || this.worker || this.#starting || this.#backOff) return;
    const waitMs = this.nextStartAt - performance.now();
    if (waitMs <= 0) {
      this.renew().catch(() => {});
    } else {
      this.#backOff = setTimeout(() => {
        this.#backOff = undefined;
        this.want();
      }, waitMs);
    }
  }

  /** A new worker in the place of the one that serves, which finishes its calls first. Rejects when it cannot be started. */
  async renew(weights: Weights = this.#options.weights()): Promise<WorkerProcess> {
    while (this.#starting) await this.#starting.catch(() => {});
    if (this.#closed) throw new Error("It is closed.");
    clearTimeout(this.#backOff);
    this.#backOff = undefined;
    this.#starting = this.#start(weights);
    try {
      const worker = await this.#starting;
      this.refused = undefined;
      this.#starting = undefined;
      const before = this.worker;
      this.worker = worker;
      this.#servingSince = performance.now();
      if (before) retire(before);
      this.#options.onChange();
      return worker;
    } catch (error) {
      this.#starting = undefined;
      this.refused = error instanceof WorkerRefused ? error : undefined;
      // One that still serves goes on; one that takes no calls would keep the place from one that does.
      if (this.worker?.outgrown) this.dismiss();
      if (!this.worker) this.#failed(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  /** New weights for one model; rejects when it cannot load them. */
  async adopt(change: {
    readonly model: string;
    readonly weights: Weights;
    readonly reload: (worker: WorkerProcess) => Promise<void>;
  }): Promise<void> {
    const { model, weights, reload } = change;
    while (this.#starting) await this.#starting.catch(() => {});
    const { worker } = this;
    const wanted = weights.get(model) as ModelFile;
    if (worker?.weights.get(model) === wanted) return;
    if (!worker && !this.#options.eager) return;
    if (worker && this.ready?.reloads.includes(model)) {
      await reload(worker);
      worker.weights.set(model, wanted);
    } else {
      await this.renew(weights);
    }
  }

  /** Takes its worker from it: it finishes its calls and closes. */
  dismiss(): void {
    const { worker } = this;
    this.worker = undefined;
    if (worker) retire(worker);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#backOff);
  }

  async #start(weights: Weights): Promise<WorkerProcess> {
    const worker = this.#options.spawn(weights);
    this.alive.add(worker);
    void worker.gone.then(() => {
      this.alive.delete(worker);
      if (this.worker !== worker) return;
      this.worker = undefined;
      this.#failed(worker.reason as string);
    });
    try {
      this.ready = await worker.ready;
    } catch (error) {
      worker.kill("it could not be started");
      await worker.gone;
      throw error;
    }
    // It may have died right behind its word.
    if (!worker.alive) throw new Error(worker.reason ?? "it died at once");
    return worker;
  }

  #failed(reason: string): void {
    this.failures++;
    this.#lastReason = reason;
    const { backOffMs, maxBackOffMs, logger } = this.#options;
    // The first death is followed by a start at once.
    const waitMs = this.failures === 1 ? 0 : Math.min(backOffMs * 2 ** (this.failures - 2), maxBackOffMs);
    this.nextStartAt = performance.now() + waitMs;
    if (waitMs > 0 && !this.#closed)
      logger.warn({ waitMs, inARow: this.failures, reason }, "a worker is started again later");
    if (this.#options.eager) this.want();
    this.#options.onChange();
  }
}

function retire(worker: WorkerProcess): void {
  worker.retired = true;
  if (worker.calls.size === 0) void worker.close();
}
