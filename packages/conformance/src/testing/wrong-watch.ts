import type { RunEvent } from "@deepaas/core";
import type { Watch } from "../store/watch-property.ts";

export const wrongWatches = ["subscribes late", "remembers late", "does not end", "ends early"] as const;

/** The loop of core with its steps in a wrong order. */
export const wrongWatch = (wrong: (typeof wrongWatches)[number]): Watch =>
  async function* (store, id, { after = 0 } = {}) {
    let wakes = 0;
    let awaken: (() => void) | undefined;
    const subscribe = () =>
      store.subscribe(id, () => {
        wakes++;
        awaken?.();
      });
    let unsubscribe = wrong === "subscribes late" ? undefined : subscribe();
    try {
      for (let cursor = after; ; ) {
        let seen = wakes;
        const events: readonly RunEvent[] = await store.read(id, cursor, 512);
        for (const event of events) {
          cursor = event.seq;
          yield event;
          if (["succeeded", "failed", "cancelled"].includes(event.type)) return;
        }
        if (events.length > 0) continue;
        if (wrong === "ends early") return;
        const run = await store.get(id);
        if (wrong !== "does not end" && run?.endedAt !== undefined && run.lastSeq <= cursor) return;
        unsubscribe ??= subscribe();
        if (wrong === "remembers late") seen = wakes;
        while (wakes === seen) await new Promise<void>((resolve) => (awaken = resolve));
      }
    } finally {
      unsubscribe?.();
    }
  } as Watch;
