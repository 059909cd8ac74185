// A store that is gone after a number of calls.
import { DeepaasError } from "@deepaas/core";
import type { RunStore } from "@deepaas/core/host";
import { aroundStore, type StoreMethod } from "./around-store.ts";

/** Rejects `unavailable` from the call after `calls` on. Default methods: `read` and `get`. */
export function cutStore(store: RunStore, calls: number, methods: readonly StoreMethod[] = ["read", "get"]): RunStore {
  let made = 0;
  return aroundStore(store, async ({ method, make }) => {
    if (methods.includes(method) && ++made > calls) throw new DeepaasError("unavailable", "The store is gone.");
    return make();
  });
}
