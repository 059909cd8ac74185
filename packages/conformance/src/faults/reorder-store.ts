// A store whose answers are delayed and whose wake-ups come late, twice or before the data. A store may do all of that.
import type { RunStore } from "@deepaas/core/ports";
import { aroundStore } from "./around-store.ts";

export interface Reordering {
  /** Awaited before and after every call, and before every wake-up. */
  pause(): Promise<void>;
  /** Number of times that a wake-up is delivered, at least 1. */
  times(): number;
  /** True: an additional wake-up comes before the append. */
  early(): boolean;
}

export function reorderStore(store: RunStore, { pause, times, early }: Reordering): RunStore {
  const wakers = new Map<string, Set<() => void>>();
  const wrapped = aroundStore(store, async ({ method, args, make }) => {
    if (method === "append" && early()) for (const wake of wakers.get(args[0] as string) ?? []) wake();
    await pause();
    const answer = await make();
    await pause();
    return answer;
  });
  return {
    ...wrapped,
    subscribe(runId, wake) {
      const late = () => {
        for (let i = times(); i > 0; i--) void pause().then(wake);
      };
      const ofRun = wakers.get(runId) ?? new Set();
      wakers.set(runId, ofRun.add(wake));
      const unsubscribe = store.subscribe(runId, late);
      return () => {
        ofRun.delete(wake);
        unsubscribe();
      };
    },
  };
}
