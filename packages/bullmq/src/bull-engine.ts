// The `RunEngine` of several nodes, on BullMQ: a run is leased to the node that handles it.
import { DeepaasError, settlesWithin, sleep } from "@deepaas/core";
import type { ProcessOptions, QueuedRun, RunEngine, RunHandler } from "@deepaas/core/ports";
import { type Connection, connectTo } from "./connection.ts";
import { ModelQueue, type TakenRun } from "./model-queue.ts";
import { type BullBackend, type BullEngineOptions, type BullSettings, checkBullOptions } from "./options.ts";

/**
 * Returns the engine for `createHost({ engine, node })`. All nodes need the same backend. `submit`, `cancel`, `waiting` and
 * `knows` reject `unavailable` while its server is out of reach; runs that are handled go on, and are held until their lease
 * ends. Throws a TypeError for an invalid option.
 *
 * @example
 * const engine = bullEngine({ postgres: "postgres://localhost/deepaas" });
 */
export function bullEngine(backend: BullBackend, options: BullEngineOptions = {}): RunEngine {
  return new BullEngine(checkBullOptions(backend, options));
}

interface HeldRun {
  readonly taken: TakenRun;
  readonly queue: ModelQueue;
  readonly abort: AbortController;
  /** Settles when its handler has returned, and never rejects. */
  readonly returned: Promise<"over" | "back">;
  /** Settles when the queue knows it as well. */
  done: Promise<void>;
  /** It could not be handled here and is given back soon: it has no slot any more. */
  isBack: boolean;
}

/** Time for the server of the queue to answer the last commands, in milliseconds. Without them the leases run out. */
const partingMs = 3_000;
/** Time until a run that could not be handled here is given back, in milliseconds. */
const backMs = 5_000;

const leaseLost = "The node has lost the lease of the run.";

interface Processing {
  readonly handle: RunHandler;
  readonly slots: number;
  readonly models: readonly string[];
}

class BullEngine implements RunEngine {
  readonly #settings: BullSettings;
  readonly #connection: Connection;
  /** By model. */
  readonly #queues = new Map<string, ModelQueue>();
  readonly #held = new Map<string, HeldRun>();
  #ready: Promise<void> | undefined;
  #processing: Processing | undefined;
  /** Other nodes may have submitted runs of these models, which this one may not train. */
  #served: ReadonlySet<string> = new Set();
  /** Index of the model whose queue is looked at first: a model with many runs must not hold up another one. */
  #turn = 0;
  #pumping = false;
  #pumpAgain = false;
  #filling: Promise<void> = Promise.resolve();
  readonly #timers: NodeJS.Timeout[] = [];
  #closed: Promise<void> | undefined;
  #isUnreachable = false;

  constructor(settings: BullSettings) {
    this.#settings = settings;
    this.#connection = connectTo(settings);
  }

  async submit({ runId, model }: QueuedRun): Promise<void> {
    if (this.#closed) return;
    await this.#reach(() => this.#queueOf(model).add(runId));
    this.#pump();
  }

  async cancel(runId: string): Promise<void> {
    const held = this.#held.get(runId);
    if (held) held.abort.abort(new DeepaasError("cancelled", "The run was cancelled."));
    else await this.#reach(() => Promise.all(this.#allQueues().map((queue) => queue.drop(runId))));
  }

  get leaseMs(): number {
    return this.#settings.leaseMs;
  }

  process(handle: RunHandler, { slots, models, served }: ProcessOptions): void {
    this.#processing = { handle, slots, models: [...models] };
    this.#served = served;
    const { leaseMs, pollMs } = this.#settings;
    this.#repeat(pollMs, () => this.#pump());
    this.#repeat(Math.floor(leaseMs / 3), () => void this.#extend());
    void this.#startQueues();
  }

  async waiting(): Promise<number> {
    const counts = await this.#reach(() => Promise.all(this.#allQueues().map((queue) => queue.waiting())));
    return counts.reduce((sum, one) => sum + one, 0);
  }

  async knows(runs: readonly QueuedRun[]): Promise<ReadonlySet<string>> {
    const known = await this.#reach(() =>
      Promise.all(runs.map(async ({ runId, model }) => ((await this.#queueOf(model).has(runId)) ? runId : undefined))),
    );
    return new Set(known.filter((runId) => runId !== undefined));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const gone = new DeepaasError("unavailable", "The server is shutting down.");
    for (const { abort } of this.#held.values()) abort.abort(gone);
    // A run that is being taken.
    await settlesWithin(partingMs, this.#filling);
    const held = [...this.#held.values()];
    // Their leases are extended until they have stopped.
    await Promise.all(held.map(({ returned }) => returned));
    await settlesWithin(partingMs, Promise.all(held.map(({ done }) => done)));
    for (const timer of this.#timers) clearInterval(timer);
    await settlesWithin(partingMs, Promise.all([...this.#queues.values()].map((queue) => queue.close())));
    await this.#connection.close();
  }

  #repeat(everyMs: number, work: () => void): void {
    this.#timers.push(setInterval(work, everyMs).unref());
  }

  #queueOf(model: string): ModelQueue {
    const known = this.#queues.get(model);
    if (known) return known;
    const { logger } = this.#settings;
    // Each command that fails says it, too.
    const onError = (err: Error) => logger.debug({ err, model }, "the queue reported an error");
    const queue = new ModelQueue(this.#connection, model, onError);
    this.#queues.set(model, queue);
    return queue;
  }

  #allQueues(): readonly ModelQueue[] {
    for (const model of this.#served) this.#queueOf(model);
    return [...this.#queues.values()];
  }

  /** Until it succeeds: the server of the queue may start later than this one. */
  async #startQueues(): Promise<void> {
    for (const model of this.#processing?.models ?? []) {
      while (!this.#closed) {
        try {
          await this.#reach(() => this.#queueOf(model).start());
          break;
        } catch {
          await new Promise((resolve) => setTimeout(resolve, this.#settings.pollMs).unref());
        }
      }
    }
    this.#pump();
  }

  #pump(): void {
    this.#pumpAgain = true;
    if (this.#pumping || !this.#processing || this.#closed) return;
    this.#pumping = true;
    this.#filling = this.#fillSlots(this.#processing).finally(() => {
      this.#pumping = false;
      if (this.#pumpAgain) this.#pump();
    });
  }

  /** First a slot, then a run: a run that another node could handle must not wait here. Never rejects. */
  async #fillSlots({ handle, slots, models }: Processing): Promise<void> {
    try {
      while (this.#pumpAgain) {
        this.#pumpAgain = false;
        for (let empty = 0; empty < models.length && this.#mayTake(slots) && !this.#closed; ) {
          const model = models[this.#turn++ % models.length] as string;
          const taken = await this.#reach(() => this.#queueOf(model).take());
          if (taken) await this.#endOlder(taken);
          if (taken) this.#begin(taken, this.#queueOf(model), handle);
          empty = taken ? 0 : empty + 1;
        }
      }
    } catch {
      // Said by `reach`; the next poll tries again.
      this.#pumpAgain = false;
    }
  }

  #mayTake(slots: number): boolean {
    const { size } = this.#held;
    const back = [...this.#held.values()].filter(({ isBack }) => isBack).length;
    // A node must not take a whole queue only to give it back: another one could handle it.
    return size - back < slots && size < slots * 2;
  }

  /** This process was held for dead, and has been given its own run. */
  async #endOlder({ runId }: TakenRun): Promise<void> {
    const older = this.#held.get(runId);
    if (!older) return;
    older.abort.abort(new DeepaasError("worker_lost", leaseLost));
    await older.done;
  }

  #begin(taken: TakenRun, queue: ModelQueue, handle: RunHandler): void {
    const { runId, again } = taken;
    const abort = new AbortController();
    if (this.#closed) abort.abort(new DeepaasError("unavailable", "The server is shutting down."));
    const returned = handle(runId, { signal: abort.signal, again }).catch((): "over" => "over");
    const held: HeldRun = { taken, queue, abort, returned, done: Promise.resolve(), isBack: false };
    this.#held.set(runId, held);
    held.done = returned.then(async (result) => {
      // A run that cannot be handled here must not come back at once, again and again.
      if (result === "back" && !abort.signal.aborted) {
        held.isBack = true;
        this.#pump();
        await sleep(backMs, abort.signal);
      }
      await this.#finish(held, result);
    });
  }

  async #finish({ taken, queue, abort }: HeldRun, result: "over" | "back"): Promise<void> {
    try {
      await (result === "over" ? queue.complete(taken) : queue.giveBack(taken));
    } catch (err) {
      // Another node has it, or the lease runs out and the next one sees in the log that the run is over.
      const { runId } = taken;
      if (!abort.signal.aborted)
        this.#settings.logger.debug({ err, runId }, "the end of a run did not reach the queue");
    } finally {
      if (this.#held.get(taken.runId)?.taken === taken) this.#held.delete(taken.runId);
      this.#pump();
    }
  }

  /** Never rejects. */
  async #extend(): Promise<void> {
    const { leaseMs, logger } = this.#settings;
    for (const queue of new Set([...this.#held.values()].map((one) => one.queue))) {
      const held = [...this.#held.values()].filter((one) => one.queue === queue);
      try {
        const lost = await this.#reach(() =>
          queue.extend(
            held.map(({ taken }) => taken),
            leaseMs,
          ),
        );
        for (const { taken, abort } of held.filter((one) => lost.includes(one.taken) && this.#isHeld(one))) {
          logger.warn({ runId: taken.runId }, "the lease of a run is lost: another node has it, or it is in no queue");
          abort.abort(new DeepaasError("worker_lost", leaseLost));
        }
      } catch {
        // Said by `reach`. While the server is out of reach nobody can take the runs.
      }
    }
  }

  #isHeld({ taken }: HeldRun): boolean {
    return this.#held.get(taken.runId)?.taken === taken;
  }

  async #reach<T>(work: () => Promise<T>): Promise<T> {
    try {
      this.#ready ??= this.#connection.ready();
      await this.#ready;
      const result = await work();
      if (this.#isUnreachable) this.#settings.logger.info({}, "the queue is reached again");
      this.#isUnreachable = false;
      return result;
    } catch (error) {
      this.#ready = undefined;
      throw this.#onError(error as Error);
    }
  }

  /** Says it once, until the queue is reached again. */
  #onError(err: Error): DeepaasError {
    if (!this.#isUnreachable && !this.#closed) this.#settings.logger.error({ err }, "the queue cannot be reached");
    this.#isUnreachable = true;
    return new DeepaasError("unavailable", "The queue cannot be reached.", { cause: err });
  }
}
