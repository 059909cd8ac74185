// A pool of equal workers: assigns calls to the workers that have capacity for them; other calls wait in a queue.
import { abortReason, DeepaasError, type ErrorData, settlesWithin, unlessAborted } from "@deepaas/core";
import { type WeightsByModel, WorkerProcess } from "./process.ts";
import { crashLoopFailures, type SlotOptions, WorkerSlot } from "./slot.ts";

export type CallKind = "predict" | "train";

export interface PoolOptions extends Omit<SlotOptions, "spawn" | "onChange" | "drained"> {
  /** `slot`: the index of the slot. */
  readonly spawn: (weights: WeightsByModel, slot: number) => WorkerProcess;
  /** How long a worker that gets no calls waits for its last predict before it is replaced. */
  readonly graceMs: number;
  /** Number of workers. */
  readonly size: number;
  /** How many calls of each kind one worker takes at once. */
  readonly capacity: Readonly<Record<CallKind, number>>;
  /** True for a worker that must be replaced before its next call. */
  readonly needsReplacement: (worker: WorkerProcess) => boolean;
  /** How many predicts of a model a worker may hold beside the one that it runs. */
  readonly maxHeld: (model: string) => number;
}

export interface StartOptions {
  /** The start has failed when one worker could not be started so many times in a row. Default 3. */
  readonly maxFailures?: number;
}

export interface AcquireOptions {
  /** Of a predict that a worker may hold until the call before it has ended. */
  readonly model?: string | undefined;
  /** Before all calls that wait. */
  readonly first?: boolean;
}

interface CallsOf extends Record<CallKind, number> {
  /** Of all its predicts; undefined if one of them is a batch, a stream or of another model. */
  model: string | undefined;
}

interface QueuedCall {
  readonly kind: CallKind;
  readonly model: string | undefined;
  readonly first: boolean;
  readonly settle: (acquired: Acquired) => void;
}

/** The worker of a call, or the error that the call ends with. */
export type Acquired = WorkerProcess | ErrorData;

export function isWorker(acquired: Acquired): acquired is WorkerProcess {
  return acquired instanceof WorkerProcess;
}

export class WorkerPool {
  readonly slots: readonly WorkerSlot[];
  readonly #options: PoolOptions;
  #queue: QueuedCall[] = [];
  readonly #callsOf = new Map<WorkerProcess, CallsOf>();
  /** Called when a worker has no predict in flight any more. */
  readonly #onDrained = new Map<WorkerProcess, () => void>();
  #onSlotChange: (() => void) | undefined;
  /** Why it takes no further call; undefined while it does. */
  #refusal: ErrorData | undefined;
  /** It predicts until the last call of its code has ended. */
  #refusesTrainings = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    const onChange = () => {
      this.#assignQueued();
      this.#onSlotChange?.();
    };
    const drained = (worker: WorkerProcess) => this.#drained(worker);
    this.slots = Array.from({ length: options.size }, (_, i) => {
      const spawn = (weights: WeightsByModel) => options.spawn(weights, i);
      return new WorkerSlot({ ...options, spawn, onChange, drained });
    });
  }

  /** Starts all workers at once. Rejects if the start of one is refused, or fails `maxFailures` times in a row. */
  async start(signal: AbortSignal, { maxFailures = crashLoopFailures }: StartOptions = {}): Promise<void> {
    signal.throwIfAborted();
    const started = Promise.withResolvers<void>();
    const check = () => {
      const failed = this.slots.find((slot) => slot.startRefusal || slot.failuresInARow >= maxFailures);
      if (failed) {
        const { startRefusal, lastFailure } = failed;
        started.reject(startRefusal ?? new Error(`A worker could not be started: ${lastFailure}.`));
      } else if (this.slots.every(({ worker }) => worker)) {
        started.resolve();
      }
    };
    this.#onSlotChange = check;
    for (const slot of this.slots) slot.ensureStarted();
    try {
      await unlessAborted(signal, started.promise);
    } catch (error) {
      this.#onSlotChange = undefined;
      // The next start may have other weights.
      await Promise.all(this.slots.map((slot) => slot.stop()));
      throw error;
    } finally {
      this.#onSlotChange = undefined;
    }
  }

  /** Returns a worker with capacity for a call, or the error that the call ends with. `release` returns the worker. */
  acquire(kind: CallKind, signal: AbortSignal, options: AcquireOptions = {}): Acquired | Promise<Acquired> {
    const { model, first = false } = options;
    if (this.#refusal) return this.#refusal;
    if (kind === "train" && this.#refusesTrainings) return replaced;
    if (signal.aborted) return abortReason(signal).toData();
    if (this.#queue.length === 0 || first) {
      const worker = this.#workerFor(kind, model);
      if (worker) return this.#assign(worker, kind, model);
    }
    return new Promise((resolve) => {
      const onAbort = () => settle(abortReason(signal).toData());
      const settle = (acquired: Acquired) => {
        signal.removeEventListener("abort", onAbort);
        this.#queue = this.#queue.filter((one) => one !== queued);
        resolve(acquired);
      };
      const queued: QueuedCall = { kind, model, first, settle };
      if (first) this.#queue.splice(this.#queue.filter((one) => one.first).length, 0, queued);
      else this.#queue.push(queued);
      signal.addEventListener("abort", onAbort, { once: true });
      this.#assignQueued();
    });
  }

  release(worker: WorkerProcess, kind: CallKind): void {
    const calls = this.#callsOf.get(worker);
    if (calls) calls[kind]--;
    if (calls?.predict === 0) this.#onDrained.get(worker)?.();
    const slot = this.#slotOf(worker);
    if (slot && worker.alive) slot.failuresInARow = 0;
    if (worker.draining && worker.calls.size === 0 && worker.alive) void worker.close();
    this.replaceIfNeeded(worker);
    this.#assignQueued();
  }

  /** Replaces a worker that has had its calls or uses too much memory, unless its slot is already doing so. */
  replaceIfNeeded(worker: WorkerProcess): void {
    if (this.#refusal || !this.#options.needsReplacement(worker)) return;
    const slot = this.#slotOf(worker);
    if (!slot || slot.isStarting || slot.paused === worker) return;
    if (!this.#options.eager) {
      slot.drain();
      return;
    }
    // If it fails the slot goes on with the old worker, or tries again later.
    slot.replace().catch(() => {});
  }

  /** Why workers of the pool are degraded. */
  problems(): readonly string[] {
    const problems = new Set(this.slots.flatMap(({ problem }) => problem ?? []));
    if (problems.size > 0 || !this.#options.eager || this.slots.some(({ worker }) => worker)) return [...problems];
    return [`no worker is ready: ${this.slots[0]?.lastFailure || "still starting"}`];
  }

  get processes(): readonly WorkerProcess[] {
    return this.slots.flatMap(({ processes }) => [...processes]);
  }

  /** For code that was replaced: it goes on with predicts, and with the trainings that run. */
  refuseTrainings(): void {
    this.#refusesTrainings = true;
    for (const { kind, settle } of this.#queue) if (kind === "train") settle(replaced);
  }

  /** Each worker ends after the calls that it has. Resolves when all of them have exited. */
  async retire(): Promise<void> {
    this.#refuse(replaced);
    for (const slot of this.slots) slot.retire();
    await Promise.all(this.processes.map(({ exited }) => exited));
  }

  async close(): Promise<void> {
    this.#refuse(shuttingDown);
    for (const slot of this.slots) slot.close();
    await Promise.all(
      this.processes.map((worker) => {
        if (worker.calls.size === 0 && worker.isReady) return worker.close();
        worker.kill("the server is shutting down", { code: "unavailable" });
        return worker.exited;
      }),
    );
  }

  #refuse(reason: ErrorData): void {
    this.#refusal = reason;
    for (const { settle } of this.#queue) settle(reason);
  }

  #slotOf(worker: WorkerProcess): WorkerSlot | undefined {
    return this.slots.find((slot) => slot.worker === worker);
  }

  #assignQueued(): void {
    for (const { kind, model, settle } of this.#queue) {
      const worker = this.#workerFor(kind, model);
      if (worker) settle(this.#assign(worker, kind, model));
    }
    if (this.#queue.length === 0) return;
    for (const slot of this.slots) slot.ensureStarted();
    const mayServe = this.slots.some(
      ({ worker, isStarting, failuresInARow }) => worker || isStarting || failuresInARow < crashLoopFailures,
    );
    if (mayServe) return;
    const error = this.#unavailable();
    for (const { settle } of this.#queue) settle(error);
  }

  #unavailable(): ErrorData {
    const delayMs = Math.min(...this.slots.map(({ nextStartAt }) => nextStartAt)) - performance.now();
    return {
      code: "unavailable",
      message: `No worker is ready: ${this.slots[0]?.lastFailure}.`,
      retryAfterMs: Math.ceil(Math.max(100, delayMs)),
    };
  }

  /** True if a worker that has a predict of this model would hold another one. */
  takesAhead(model: string): boolean {
    return !this.#refusal && this.#queue.length === 0 && this.#leastBusy("predict", model) !== undefined;
  }

  /** True if the worker holds the predict that it was assigned last until those before it have ended. */
  holdsLast(worker: WorkerProcess): boolean {
    return (this.#callsOf.get(worker)?.predict ?? 0) > this.#options.capacity.predict;
  }

  #workerFor(kind: CallKind, model: string | undefined): WorkerProcess | undefined {
    return this.#leastBusy(kind) ?? (model === undefined ? undefined : this.#leastBusy(kind, model));
  }

  /** With `heldModel`: also workers that would hold a predict of this model. */
  #leastBusy(kind: CallKind, heldModel?: string): WorkerProcess | undefined {
    let best: WorkerProcess | undefined;
    const capacity = this.#options.capacity[kind];
    const held = heldModel === undefined ? 0 : this.#options.maxHeld(heldModel);
    let fewest = capacity + held;
    for (const { worker, paused } of this.slots) {
      if (!worker?.alive || worker.overMemory || worker === paused) continue;
      if (this.#options.needsReplacement(worker) && worker.calls.size > 0) continue;
      const { [kind]: calls, train, model } = this.#callsOf.get(worker) ?? noCalls;
      if (calls >= fewest) continue;
      if (calls >= capacity && !(worker.takesAhead && model === heldModel && train === 0)) continue;
      fewest = calls;
      best = worker;
    }
    return best;
  }

  async #drained(worker: WorkerProcess): Promise<boolean> {
    if ((this.#callsOf.get(worker)?.predict ?? 0) === 0) return true;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onDrained.set(worker, resolve);
    const isDrained = await settlesWithin(this.#options.graceMs, Promise.race([promise, worker.exited]));
    this.#onDrained.delete(worker);
    return isDrained;
  }

  #assign(worker: WorkerProcess, kind: CallKind, model: string | undefined): WorkerProcess {
    const calls = this.#callsOf.get(worker) ?? { ...noCalls };
    if (!this.#callsOf.has(worker)) {
      this.#callsOf.set(worker, calls);
      void worker.exited.then(() => this.#callsOf.delete(worker));
    }
    if (kind === "predict") calls.model = calls.predict === 0 || calls.model === model ? model : undefined;
    calls[kind]++;
    return worker;
  }
}

const noCalls: Readonly<CallsOf> = { predict: 0, train: 0, model: undefined };
const replaced = new DeepaasError("unavailable", "The code of the models was replaced.").toData();
const shuttingDown = new DeepaasError("unavailable", "The server is shutting down.").toData();
