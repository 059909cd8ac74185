// A store that is unavailable after a number of calls, for some calls or for all later ones.
import { DeepaasError } from "@deepaas/core";
import type { RunStore } from "@deepaas/core/ports";
import { aroundStore, type StoreMethod } from "./around-store.ts";

export interface StoreCut {
  /** Number of calls that are answered first. */
  readonly calls: number;
  /** Number of calls that then reject. Default: all. */
  readonly times?: number;
  /** The methods that are counted and reject. Default: `read` and `get`. */
  readonly methods?: readonly StoreMethod[];
}

/** A cut call rejects `unavailable` and does not reach the store. */
export function cutStore(store: RunStore, cut: StoreCut): RunStore {
  const { calls, times = Number.POSITIVE_INFINITY, methods = ["read", "get"] } = cut;
  let made = 0;
  return aroundStore(store, async ({ method, make }) => {
    if (!methods.includes(method)) return make();
    made++;
    if (made > calls && made <= calls + times) throw new DeepaasError("unavailable", "The store is unavailable.");
    return make();
  });
}
