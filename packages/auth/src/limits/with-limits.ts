// Limits of each caller of a service.
import {
  type CallOptions,
  DeepaasError,
  type ModelService,
  rejectNoService,
  rejectUnknownOptions,
} from "@deepaas/core";
import { checkRateLimit, Limiter, type RateLimit, tooMany } from "./limiter.ts";

export interface LimitsOptions {
  /** Calls of one caller. Default: no limit. */
  readonly perCaller?: RateLimit;
  /** Calls of one caller at the same time; a watch counts until it ends. Default: no limit. */
  readonly callsUnderWay?: number;
  /** Runs of one caller that wait in the queue; with more, `train` is refused. Default: no limit. */
  readonly queuedRuns?: number;
}

/** A call that ends soon makes room. */
const retryMs = 1_000;
const queueRetryMs = 10_000;

/**
 * Returns a service that rejects `rate_limited` if a caller makes too many calls, and else does what `service` does. All calls
 * without a caller count as those of one. `status` has no limit. Throws a TypeError if an option is wrong.
 */
export function withLimits<S extends ModelService>(
  service: S,
  options: LimitsOptions,
): ModelService & Pick<S, keyof S & "~models"> {
  rejectNoService("withLimits", service);
  rejectUnknownOptions("withLimits", options, { perCaller: true, callsUnderWay: true, queuedRuns: true });
  checkRateLimit("withLimits: perCaller", options.perCaller);
  checkCount("callsUnderWay", options.callsUnderWay);
  checkCount("queuedRuns", options.queuedRuns);
  const calls = new CallLimits(options);
  const queue = options.queuedRuns === undefined ? undefined : new QueueLimit(service, options.queuedRuns);
  const limited: ModelService = {
    status: (one) => service.status(one),
    stats: (one) => calls.run(one, () => service.stats(one)),
    models: (one) => calls.run(one, () => service.models(one)),
    describe: (model, one) => calls.run(one, () => service.describe(model, one)),
    predict: (model, args, one) => calls.run(one, () => service.predict(model, args, one)),
    predictStream: (model, args, one) => calls.stream(one, () => service.predictStream(model, args, one)),
    train: (model, args, one) =>
      calls.run(one, () => {
        const start = () => service.train(model, args, one);
        return queue === undefined ? start() : queue.train(start, one);
      }),
    run: (id, one) => calls.run(one, () => service.run(id, one)),
    runs: (filter, one) => calls.run(one, () => service.runs(filter, one)),
    cancel: (id, one) => calls.run(one, () => service.cancel(id, one)),
    remove: (id, one) => calls.run(one, () => service.remove(id, one)),
    watch: (id, one) => calls.stream(one, () => service.watch(id, one)),
    metrics: (id, one) => calls.run(one, () => service.metrics(id, one)),
    artifact: (id, name, one) => calls.run(one, () => service.artifact(id, name, one)),
    grant: (id, one) => calls.run(one, () => service.grant(id, one)),
    versions: (model, one) => calls.run(one, () => service.versions(model, one)),
    serveVersion: (model, version, one) => calls.run(one, () => service.serveVersion(model, version, one)),
    removeVersion: (model, version, one) => calls.run(one, () => service.removeVersion(model, version, one)),
  };
  // `~models` exists for the compiler only.
  return limited as ModelService & Pick<S, keyof S & "~models">;
}

class CallLimits {
  readonly #requests: Limiter | undefined;
  readonly #most: number;
  readonly #underWay = new Map<string, number>();

  constructor({ perCaller, callsUnderWay = Number.POSITIVE_INFINITY }: LimitsOptions) {
    this.#requests = perCaller && new Limiter(perCaller);
    this.#most = callsUnderWay;
  }

  async run<T>(options: CallOptions | undefined, call: () => Promise<T>): Promise<T> {
    const caller = callerOf(options);
    this.#enter(caller);
    try {
      if (this.#requests !== undefined) rejectIfWaiting(await this.#requests.count(caller));
      return await call();
    } finally {
      this.#leave(caller);
    }
  }

  async *stream<T>(options: CallOptions | undefined, open: () => AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    const caller = callerOf(options);
    this.#enter(caller);
    try {
      if (this.#requests !== undefined) rejectIfWaiting(await this.#requests.count(caller));
      yield* open();
    } finally {
      this.#leave(caller);
    }
  }

  #enter(caller: string): void {
    const count = this.#underWay.get(caller) ?? 0;
    if (count >= this.#most) {
      throw tooMany(`This caller has ${count} calls under way, and no more are allowed at the same time.`, retryMs);
    }
    this.#underWay.set(caller, count + 1);
  }

  #leave(caller: string): void {
    const count = this.#underWay.get(caller) ?? 0;
    if (count > 1) this.#underWay.set(caller, count - 1);
    else this.#underWay.delete(caller);
  }
}

class QueueLimit {
  readonly #service: ModelService;
  readonly #most: number;
  /** Trainings of each caller that are being started: the store may not have them yet. */
  readonly #starting = new Map<string, number>();

  constructor(service: ModelService, most: number) {
    this.#service = service;
    this.#most = most;
  }

  async train<T>(
    start: () => Promise<T>,
    options: (CallOptions & { readonly runId?: string }) | undefined,
  ): Promise<T> {
    const caller = callerOf(options);
    const starting = this.#starting.get(caller) ?? 0;
    this.#starting.set(caller, starting + 1);
    try {
      const room = this.#most - starting;
      if (room <= 0 || (await this.#queuedRuns(options)) >= room) await this.#allowExisting(options);
      return await start();
    } finally {
      const count = this.#starting.get(caller) ?? 0;
      if (count > 1) this.#starting.set(caller, count - 1);
      else this.#starting.delete(caller);
    }
  }

  async #queuedRuns(options: CallOptions | undefined): Promise<number> {
    const owner = options?.caller?.id;
    const filter = {
      state: "queued",
      limit: Math.min(this.#most, 1_000),
      ...(owner !== undefined && { owner }),
    } as const;
    const { items } = await this.#service.runs(filter, optionsOfLookup(options));
    return items.length;
  }

  /** A retry with the id of a run that exists starts no other one. */
  async #allowExisting(options: (CallOptions & { readonly runId?: string }) | undefined): Promise<void> {
    if (options?.runId !== undefined && (await this.#exists(options.runId, options))) return;
    throw tooMany(`This caller has ${this.#most} runs in the queue, and no more are allowed.`, queueRetryMs);
  }

  async #exists(runId: string, options: CallOptions): Promise<boolean> {
    try {
      await this.#service.run(runId, optionsOfLookup(options));
      return true;
    } catch (error) {
      if (DeepaasError.is(error) && error.code === "not_found") return false;
      throw error;
    }
  }
}

function optionsOfLookup({ caller, signal, requestId }: CallOptions = {}): CallOptions {
  return { ...(caller && { caller }), ...(signal && { signal }), ...(requestId !== undefined && { requestId }) };
}

function rejectIfWaiting(waitMs: number | undefined): void {
  if (waitMs !== undefined) throw tooMany("Too many calls of this caller.", waitMs);
}

function callerOf(options: CallOptions | undefined): string {
  return options?.caller?.id ?? "";
}

function checkCount(name: string, count: unknown): void {
  if (count === undefined || (Number.isSafeInteger(count) && Number(count) >= 1)) return;
  throw new TypeError(`withLimits: ${name} must be a whole number of at least 1, not ${String(count)}.`);
}
