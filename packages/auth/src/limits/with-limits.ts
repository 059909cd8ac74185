// Limits of each caller of a service.
import { type CallOptions, type ModelService, rejectNoService, rejectUnknownOptions } from "@deepaas/core";
import { checkRateLimit, Limiter, type RateLimit, tooMany } from "./limiter.ts";

export interface LimitsOptions {
  /** Calls of one caller. Default: no limit. */
  readonly perCaller?: RateLimit;
  /** Calls of one caller at the same time; a watch counts until it ends. Default: no limit. */
  readonly callsUnderWay?: number;
}

/** A call that ends soon makes room. */
const retryMs = 1_000;

/**
 * Returns a service that rejects `rate_limited` if a caller makes too many calls, and else does what `service` does. All calls
 * without a caller count as those of one. `status` has no limit, nor has `describe`, which adapters call for each predict and
 * each training. Throws a TypeError if an option is wrong.
 */
export function withLimits<S extends ModelService>(
  service: S,
  options: LimitsOptions,
): ModelService & Pick<S, keyof S & "~models"> {
  rejectNoService("withLimits", service);
  rejectUnknownOptions("withLimits", options, { perCaller: true, callsUnderWay: true });
  checkRateLimit("withLimits: perCaller", options.perCaller);
  checkCount("callsUnderWay", options.callsUnderWay);
  const calls = new CallLimits(options);
  const limited: ModelService = {
    status: (one) => service.status(one),
    stats: (one) => calls.run(one, () => service.stats(one)),
    models: (one) => calls.run(one, () => service.models(one)),
    describe: (model, one) => service.describe(model, one),
    predict: (model, args, one) => calls.run(one, () => service.predict(model, args, one)),
    predictStream: (model, args, one) => calls.stream(one, () => service.predictStream(model, args, one)),
    train: (model, args, one) => calls.run(one, () => service.train(model, args, one)),
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
      this.#count(caller);
      return await call();
    } finally {
      this.#leave(caller);
    }
  }

  async *stream<T>(options: CallOptions | undefined, open: () => AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    const caller = callerOf(options);
    this.#enter(caller);
    try {
      this.#count(caller);
      yield* open();
    } finally {
      this.#leave(caller);
    }
  }

  #count(caller: string): void {
    const waitMs = this.#requests?.count(caller);
    if (waitMs !== undefined) throw tooMany("Too many calls of this caller.", waitMs);
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

function callerOf(options: CallOptions | undefined): string {
  return options?.caller?.id ?? "";
}

function checkCount(name: string, count: unknown): void {
  if (count === undefined || (Number.isSafeInteger(count) && Number(count) >= 1)) return;
  throw new TypeError(`withLimits: ${name} must be a whole number of at least 1, not ${String(count)}.`);
}
