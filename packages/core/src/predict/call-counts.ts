// Counts the predicts and the reports of one model, and keeps how long the last predicts took. Hot path: two writes for each call.
import type { ErrorCode } from "../contract/error.ts";
import type { Latency, ModelStats, RecentCalls } from "../contract/service-stats.ts";

/** In Node.js the global is a getter, which takes as long as reading the clock. */
export const clock = performance;

const keptCalls = 256;
const windowMs = 300_000;

/** The errors of the service and of models, as opposed to those of what a caller asked for. */
const failures: ReadonlySet<ErrorCode> = new Set([
  "internal",
  "invalid_response",
  "worker_lost",
  "overloaded",
  "unavailable",
  "deadline_exceeded",
]);

export class CallCounts {
  /** Calls that have no answer yet. */
  open = 0;
  /** Reports of its trainings. */
  reports = 0;
  #calls = 0;
  #failed = 0;
  /** When each of the last calls ended, on the clock of `performance.now()`. The call with number n is at n % keptCalls. */
  readonly #endedAt = new Float64Array(keptCalls);
  /** How long it took, in milliseconds; -1 if it has failed. */
  readonly #tookMs = new Float64Array(keptCalls);
  readonly #startedAt: number;

  constructor(startedAt = clock.now()) {
    this.#startedAt = startedAt;
  }

  /** Adds a call that has ended, with the code of its error if it has one. */
  add(startedAt: number, error?: ErrorCode, now = clock.now()): void {
    // Its caller has cancelled it.
    if (error === "cancelled") return;
    const failed = error !== undefined && failures.has(error);
    const index = this.#calls % keptCalls;
    this.#endedAt[index] = now;
    this.#tookMs[index] = failed ? -1 : now - startedAt;
    this.#calls++;
    if (failed) this.#failed++;
  }

  stats(now = clock.now()): Pick<ModelStats, "calls" | "failed" | "recent" | "reports"> {
    return { calls: this.#calls, failed: this.#failed, recent: this.#recent(now), reports: this.reports };
  }

  #recent(now: number): RecentCalls {
    const kept = Math.min(this.#calls, keptCalls);
    const since = Math.max(now - windowMs, this.#startedAt);
    const took = this.#tookMs.subarray(0, kept).filter((_, index) => (this.#endedAt[index] as number) >= since);
    const answered = took.filter((ms) => ms >= 0).sort();
    // With a full window the calls before it are unknown.
    const begin = took.length === keptCalls ? (this.#endedAt[this.#calls % keptCalls] as number) : since;
    return {
      windowMs: Math.max(1, Math.round(now - begin)),
      calls: took.length,
      failed: took.length - answered.length,
      latency: latencyOf(answered),
    };
  }
}

/** `sorted`: how long each call took. */
function latencyOf(sorted: Float64Array): Latency | null {
  if (sorted.length === 0) return null;
  const atMost = (share: number) => toMicroseconds(sorted[Math.ceil(share * sorted.length) - 1] as number);
  return { p50Ms: atMost(0.5), p95Ms: atMost(0.95), maxMs: atMost(1) };
}

function toMicroseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
