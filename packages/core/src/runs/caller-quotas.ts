// Limits on the runs of one caller.
import { DeepaasError } from "../contract/error.ts";
import { Turns } from "../contract/turns.ts";
import type { RunStore } from "../ports/run-store.ts";

export interface CallerLimits {
  readonly queuedRunsPerCaller?: number;
  readonly bytesPerCaller?: number;
}

const queueRetryMs = 10_000;
/** Runs are removed now and then. */
const bytesRetryMs = 60_000;

export class CallerQuotas {
  readonly #store: RunStore;
  readonly #limits: CallerLimits;
  /** Trainings of each caller that are being created. */
  readonly #turns = new Turns();

  constructor(store: RunStore, limits: CallerLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  /** Without an owner, and without a limit, there is nothing to check. */
  applyTo(owner: string | undefined): owner is string {
    return owner !== undefined && Object.values(this.#limits).some((limit) => limit !== undefined);
  }

  /** Calls `create` after the earlier calls for this owner have ended, so that many at once do not exceed a limit together. */
  inTurn<T>(owner: string, create: () => Promise<T>): Promise<T> {
    return this.#turns.run(owner, create);
  }

  /** Rejects `rate_limited` if a further run of the owner, with files of so many bytes, would exceed a limit. */
  async check(owner: string, fileBytes: number): Promise<void> {
    const { queuedRunsPerCaller = Infinity, bytesPerCaller = Infinity } = this.#limits;
    const usage = await this.#store.usage?.(owner);
    if (!usage) return;
    if (usage.queued >= queuedRunsPerCaller)
      throw exceeded(
        `${usage.queued} trainings of this caller wait already; queuedRunsPerCaller is ${queuedRunsPerCaller}.`,
        queueRetryMs,
      );
    const bytes = usage.bytes + fileBytes;
    if (bytes >= bytesPerCaller)
      throw exceeded(
        `The runs of this caller ${fileBytes > 0 ? "would have" : "have"} ${bytes} bytes; bytesPerCaller is ${bytesPerCaller}. Remove runs that have ended.`,
        bytesRetryMs,
      );
  }
}

function exceeded(sentence: string, retryAfterMs: number): DeepaasError {
  return new DeepaasError("rate_limited", sentence, { retryAfterMs });
}
