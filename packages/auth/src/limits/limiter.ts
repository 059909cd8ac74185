// Counts requests by a key, such as an address or the id of a caller.
import { DeepaasError } from "@deepaas/core";

/** At most so many requests in so many seconds; they start with the first request. */
export interface RateLimit {
  readonly requests: number;
  readonly seconds: number;
}

/** Keys that are counted at the same time: a client that uses very many addresses must not fill the memory. */
const defaultMaxKeys = 100_000;

interface Window {
  requests: number;
  /** As `performance.now()` counts: a clock that is set gives nobody more requests. */
  readonly endsAt: number;
}

/** Counts by fixed windows, without a timer and without a promise: it is asked for each request. */
export class Limiter {
  readonly #requests: number;
  readonly #windowMs: number;
  readonly #maxKeys: number;
  /** All windows take equally long, so they end in the order in which they were added. */
  readonly #windows = new Map<string, Window>();

  constructor({ requests, seconds }: RateLimit, maxKeys = defaultMaxKeys) {
    this.#requests = requests;
    this.#windowMs = seconds * 1_000;
    this.#maxKeys = maxKeys;
  }

  /** Counts one request. Returns undefined if it is allowed, else the time in milliseconds until the next one is. */
  count(key: string): number | undefined {
    const now = performance.now();
    let window = this.#windows.get(key);
    if (window === undefined || now >= window.endsAt) {
      window = { requests: 0, endsAt: now + this.#windowMs };
      this.#windows.delete(key);
      this.#dropEnded(now);
      this.#windows.set(key, window);
    }
    window.requests++;
    return window.requests > this.#requests ? msUntil(window, now) : undefined;
  }

  /** Counts nothing. Returns undefined if one more request would be allowed, else the time until it is. */
  waitMs(key: string): number | undefined {
    const window = this.#windows.get(key);
    if (window === undefined || window.requests < this.#requests) return undefined;
    const now = performance.now();
    return now < window.endsAt ? msUntil(window, now) : undefined;
  }

  /** Drops the windows that have ended, and the oldest one if there would be too many. */
  #dropEnded(now: number): void {
    for (const [key, { endsAt }] of this.#windows) {
      if (now < endsAt && this.#windows.size < this.#maxKeys) return;
      this.#windows.delete(key);
    }
  }
}

function msUntil({ endsAt }: Window, now: number): number {
  return Math.max(1, Math.ceil(endsAt - now));
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
