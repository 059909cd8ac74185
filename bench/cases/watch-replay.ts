// Replays a log of 1,000,000 events from memory: events per second.
import { watchRun } from "@deepaas/core/ports";
import type { BenchCase } from "../bench-case.ts";
import { eventsPerSecond } from "../events-per-second.ts";
import { filledStore } from "../filled-store.ts";

const count = 1_000_000;

export default {
  name: "watch-replay",
  against: "an async generator over an array",
  goal: { atLeast: 0.3 },

  async baseline() {
    const at = new Date().toISOString();
    const events = Array.from({ length: count }, (_, i) =>
      Object.freeze({ seq: i + 1, at, type: "progress" as const, step: i }),
    );
    async function* replay() {
      for (const event of events) yield event;
    }
    await eventsPerSecond(replay(), count);
    return eventsPerSecond(replay(), count);
  },

  async subject() {
    const store = await filledStore(count, (step) => ({ type: "progress", step }));
    await eventsPerSecond(watchRun(store, "run"), count);
    return eventsPerSecond(watchRun(store, "run"), count);
  },
} satisfies BenchCase;
