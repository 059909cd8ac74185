// A store that receives every append twice, as after a lost answer.
import type { RunStore } from "@deepaas/core/ports";
import { aroundStore } from "./around-store.ts";

/** Repeats only appends with an `appendNumber`, which identifies them, and returns the second answer. */
export function duplicateStore(store: RunStore): RunStore {
  return aroundStore(store, async ({ method, args, make }) => {
    const [, , position] = args as [unknown, unknown, { readonly appendNumber?: number } | undefined];
    if (method === "append" && position?.appendNumber !== undefined) await make();
    return make();
  });
}
