// A store that is gone after a number of calls, for a while or for good.
import { DeepaasError } from "@deepaas/core";
import type { RunStore } from "@deepaas/core/ports";
import { aroundStore, type StoreMethod } from "./around-store.ts";

export interface StoreCut {
  /** The calls that are answered before it. */
  readonly calls: number;
  /** How many are not answered then. Default: all. */
  readonly times?: number;
  /** What is counted and cut. Default: `read` and `get`. */
  readonly methods?: readonly StoreMethod[];
}

/** Rejects `unavailable` without asking the store. */
export function cutStore(store: RunStore, cut: StoreCut): RunStore {
  const { calls, times = Number.POSITIVE_INFINITY, methods = ["read", "get"] } = cut;
  let made = 0;
  return aroundStore(store, async ({ method, make }) => {
    if (!methods.includes(method)) return make();
    made++;
    if (made > calls && made <= calls + times) throw new DeepaasError("unavailable", "The store is gone.");
    return make();
  });
}
