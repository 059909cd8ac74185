// A store that gets every append twice, as after an answer that was lost on the way.
import type { RunStore } from "@deepaas/core/ports";
import { aroundStore } from "./around-store.ts";

/** Only appends with a number are repeated: only those say which they are. The second answer is the one given. */
export function duplicateStore(store: RunStore): RunStore {
  return aroundStore(store, async ({ method, args, make }) => {
    const [, , position] = args as [unknown, unknown, { readonly appendNumber?: number } | undefined];
    if (method === "append" && position?.appendNumber !== undefined) await make();
    return make();
  });
}
