// Counts requests by a key, such as an address or the id of a caller.
import { DeepaasError } from "@deepaas/core";
import type { RateLimiterMemory } from "rate-limiter-flexible";

/** At most so many requests in so many seconds; they start with the first request. */
export interface RateLimit {
  readonly requests: number;
  readonly seconds: number;
}

export class Limiter {
  readonly #limit: RateLimit;
  #counts: RateLimiterMemory | undefined;

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  /** Counts one request. Resolves to undefined, or to the time in milliseconds until the next one is allowed. */
  count(key: string): Promise<number | undefined> {
    return this.#counts === undefined
      ? this.#load().then((counts) => counts.consume(key).then(allowed, refused))
      : this.#counts.consume(key).then(allowed, refused);
  }

  /** Loaded with the first request: it takes as long as the rest of this package. */
  async #load(): Promise<RateLimiterMemory> {
    const { RateLimiterMemory } = await import("rate-limiter-flexible");
    this.#counts ??= new RateLimiterMemory({ points: this.#limit.requests, duration: this.#limit.seconds });
    return this.#counts;
  }
}

function allowed(): undefined {}

/** The limiter rejects with a result, which is no Error. */
function refused(result: unknown): number {
  if (result instanceof Error) throw result;
  return Math.max(1, Math.ceil((result as { readonly msBeforeNext: number }).msBeforeNext));
}

/** Returns a `rate_limited` error. */
export function tooMany(message: string, retryAfterMs: number): DeepaasError {
  return new DeepaasError("rate_limited", message, { retryAfterMs });
}

/** Throws a TypeError unless `limit` is undefined or a valid limit. */
export function checkRateLimit(name: string, limit: unknown): void {
  if (limit === undefined) return;
  const { requests, seconds, ...others } = Object(limit) as Partial<Record<string, unknown>>;
  const isCount = (value: unknown, most: number) =>
    Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= most;
  // The longest timer of Node.js has 24 days.
  if (isCount(requests, Number.MAX_SAFE_INTEGER) && isCount(seconds, 86_400) && Object.keys(others).length === 0)
    return;
  throw new TypeError(
    `${name} must be { requests, seconds } with whole numbers of at least 1, and at most 86,400 seconds.`,
  );
}
