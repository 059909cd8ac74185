// A store whose writes fail: before anything was kept, or after, so that the caller cannot know.
import { DeepaasError } from "@deepaas/core";
import type { RunStore } from "@deepaas/core/ports";
import { aroundStore, type StoreMethod } from "./around-store.ts";

export interface StoreCrash {
  /** Which call fails, counted from 1 over the methods below. */
  readonly at: number;
  /** True: the call was kept, and only its answer is lost. */
  readonly kept: boolean;
  /** How many calls in a row fail. Default 1. */
  readonly times?: number;
  /** Default: only `append`. */
  readonly methods?: readonly StoreMethod[];
}

/** The first crash that is due is the one that happens; a call may be one of several crashes' count. */
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
    const due = counted.find(({ at, times, count }) => count >= at && count < at + times);
    if (!due) return make();
    if (due.kept) await make();
    throw new DeepaasError("unavailable", "The disk is full.");
  });
}
