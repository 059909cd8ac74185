// Which weights an inline model has loaded. A change waits for the calls in flight, and new calls wait for the change.
import { settlesWithin } from "../contract/race.ts";
import type { VersionFile } from "../ports/executor.ts";

/** A call that takes longer may see both versions: nothing can end it, and it may itself wait for another call. */
const drainMs = 10_000;

export interface WeightsChange {
  readonly load: (weights: VersionFile | undefined) => Promise<void>;
  readonly record: (() => Promise<void>) | undefined;
  /** True if a `load` that rejects leaves the previous weights in place. */
  readonly keepsPrevious: boolean;
}

export class InlineWeights {
  /** Undefined: the shipped weights. */
  loaded: VersionFile | undefined;
  /** Settles when the change that is under way is over; never rejects. */
  changing: Promise<unknown> | undefined;
  #calls = 0;
  #onIdle: (() => void) | undefined;

  constructor(loaded: VersionFile | undefined) {
    this.loaded = loaded;
  }

  /** Begins a call. Returns the number of the version that answers it. */
  enter(): number {
    this.#calls++;
    return this.loaded?.version ?? 0;
  }

  leave(): void {
    this.#calls--;
    if (this.#calls === 0) this.#onIdle?.();
  }

  /** Rejects if the weights cannot be loaded, or as `record` does; then the previous ones are in place. */
  async change(next: VersionFile | undefined, options: WeightsChange): Promise<void> {
    while (this.changing) await this.changing;
    const change = this.#change(next, options);
    this.changing = change.catch(() => {});
    try {
      await change;
    } finally {
      this.changing = undefined;
    }
  }

  async #change(next: VersionFile | undefined, { load, record, keepsPrevious }: WeightsChange): Promise<void> {
    if (this.#calls > 0) await settlesWithin(drainMs, new Promise<void>((resolve) => (this.#onIdle = resolve)));
    let isLoaded = false;
    try {
      await load(next);
      isLoaded = true;
      await record?.();
    } catch (error) {
      if (isLoaded || !keepsPrevious) await load(this.loaded);
      throw error;
    }
    this.loaded = next;
  }
}
