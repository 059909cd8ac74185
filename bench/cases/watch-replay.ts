// Replaying a log of a million events from memory: events per second.
import type { RunEvent } from "@deepaas/core";
import { memoryStore, watchRun } from "@deepaas/core/host";
import type { BenchCase } from "../bench-case.ts";

const count = 1_000_000;
const chunk = 10_000;

async function perSecond(log: AsyncIterable<RunEvent>): Promise<number> {
  const startedAt = performance.now();
  let seen = 0;
  for await (const event of log) seen += event.seq > 0 ? 1 : 0;
  if (seen !== count) throw new Error(`${seen} events`);
  return (count * 1000) / (performance.now() - startedAt);
}

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
    await perSecond(replay());
    return perSecond(replay());
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
    await perSecond(watchRun(store, "run"));
    return perSecond(watchRun(store, "run"));
  },
} satisfies BenchCase;
