// A store whose calls fail, before or after the write was committed.
import { DeepaasError } from "@deepaas/core";
import type { RunStore } from "@deepaas/core/ports";
import { aroundStore, type StoreMethod } from "./around-store.ts";

export interface StoreCrash {
  /** The number of the call that fails, counted from 1 over `methods`. */
  readonly at: number;
  /** True: the call succeeds and only its answer is lost. */
  readonly committed: boolean;
  /** Number of calls in a row that fail. Default 1. */
  readonly times?: number;
  /** The methods that are counted and fail. Default: `append`. */
  readonly methods?: readonly StoreMethod[];
}

/** Every crash has its own count of calls. If several match a call, the first one happens. */
export function crashStore(store: RunStore, crashes: readonly StoreCrash[]): RunStore {
  const plans = crashes.map((crash) => ({
    times: 1,
    methods: ["append"] as readonly StoreMethod[],
    ...crash,
    count: 0,
  }));
  return aroundStore(store, async ({ method, make }) => {
    const counted = plans.filter(({ methods }) => methods.includes(method));
    for (const plan of counted) plan.count++;
    const matching = counted.find(({ at, times, count }) => count >= at && count < at + times);
    if (!matching) return make();
    if (matching.committed) await make();
    throw new DeepaasError("unavailable", "The disk is full.");
  });
}
