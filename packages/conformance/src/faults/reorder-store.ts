// A store whose wake-ups come late, twice or before their data, and whose answers take their time: all of it allowed.
import type { RunStore } from "@deepaas/core/ports";
import { aroundStore } from "./around-store.ts";

export interface Reordering {
  /** Waits for as long as the test likes; called before and after every call, and before every wake-up. */
  pause(): Promise<void>;
  /** How often a wake-up is given, 1 or more; 2 means: once more, later. */
  times(): number;
  /** True: another wake-up comes before an append is kept. */
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
