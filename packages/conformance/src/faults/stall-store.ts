// A store that does not answer for some time.
import type { RunStore } from "@deepaas/core/ports";
import { aroundStore, type StoreMethod } from "./around-store.ts";

export interface Stall {
  /** Later calls wait. */
  begin(): void;
  /** Resolves when a call is waiting. */
  reached(): Promise<void>;
  /** Lets the waiting calls go on. */
  end(): void;
}

export function stallStore(
  store: RunStore,
  methods: readonly StoreMethod[] = ["append"],
): { readonly store: RunStore; readonly stall: Stall } {
  let over: PromiseWithResolvers<void> | undefined;
  let reached = Promise.withResolvers<void>();
  const wrapped = aroundStore(store, async ({ method, make }) => {
    if (over && methods.includes(method)) {
      reached.resolve();
      await over.promise;
    }
    return make();
  });
  return {
    store: wrapped,
    stall: {
      begin() {
        over ??= Promise.withResolvers();
      },
      reached: () => reached.promise,
      end() {
        over?.resolve();
        over = undefined;
        reached = Promise.withResolvers();
      },
    },
  };
}
