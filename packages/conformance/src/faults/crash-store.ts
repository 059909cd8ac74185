// A store whose writes fail: before anything was kept, or after, so that the caller cannot know.
import { DeepaasError } from "@deepaas/core";
import type { RunStore } from "@deepaas/core/host";
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

export function crashStore(store: RunStore, crashes: readonly StoreCrash[]): RunStore {
  const counts = crashes.map(() => 0);
  return aroundStore(store, async ({ method, make }) => {
    const crash = crashes.find(({ at, times = 1, methods = ["append"] }, i) => {
      if (!methods.includes(method)) return false;
      const count = ++(counts as number[])[i]!;
      return count >= at && count < at + times;
    });
    if (!crash) return make();
    if (crash.kept) await make();
    throw new DeepaasError("unavailable", "The disk is full.");
  });
}
