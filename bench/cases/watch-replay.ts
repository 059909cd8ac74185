// Replaying a log of a million events from memory: events per second.
import { memoryStore, watchRun } from "@deepaas/core/ports";
import type { BenchCase } from "../bench-case.ts";
import { eventsPerSecond } from "../events-per-second.ts";

const count = 1_000_000;
const chunk = 10_000;

export default {
  name: "watch-replay",
  against: "a bare array loop through an async generator",
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
    const store = memoryStore({ keepEvents: count });
    await store.create({ id: "run", model: "m", args: {}, private: { secrets: {}, files: {} }, fingerprint: "" });
    await store.claim("run");
    for (let i = 2; i < count - 1; i += chunk) {
      const steps = Array.from({ length: Math.min(chunk, count - 1 - i) }, (_, k) => i + k);
      await store.append(
        "run",
        steps.map((step) => ({ fact: { type: "progress", step } })),
      );
    }
    await store.append("run", [{ fact: { type: "succeeded", result: null } }]);
    await eventsPerSecond(watchRun(store, "run"), count);
    return eventsPerSecond(watchRun(store, "run"), count);
  },
} satisfies BenchCase;
