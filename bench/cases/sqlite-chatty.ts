// Event-loop delay while one run gets 100,000 reports a second: p99, in milliseconds.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { createHost, type TrainContext } from "@deepaas/core";
import { memoryStore, type RunStore } from "@deepaas/core/host";
import { sqliteStore } from "@deepaas/sqlite";
import type { BenchCase } from "../bench-case.ts";
import { sqlitePath } from "../sqlite-file.ts";

const perSecond = 100_000;
const durationMs = 4_000;

async function delayP99(store: RunStore): Promise<number> {
  const model = {
    async train(_args: object, run: TrainContext) {
      const startedAt = performance.now();
      let step = 0;
      for (let now = startedAt; now - startedAt < durationMs; now = performance.now()) {
        const due = ((now - startedAt) * perSecond) / 1000;
        for (; step < due; step++) run.report({ step, metrics: { loss: 1 / (step + 1) } });
        await sleep(1);
      }
      return step;
    },
  };
  await using host = await createHost({ models: { model }, store });
  const { id } = await host.train("model", {});
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for await (const event of host.watch(id)) {
    if (event.type === "succeeded" && Number(event.result) < (perSecond * durationMs * 0.9) / 1000)
      throw new Error("too slow to tell");
  }
  delay.disable();
  return delay.percentile(99) / 1e6;
}

export default {
  name: "sqlite-chatty",
  against: "the store in memory, event-loop delay p99",
  goal: { atMost: 3 },
  rounds: 5,
  baseline: () => delayP99(memoryStore()),
  subject: () => delayP99(sqliteStore({ path: sqlitePath() })),
} satisfies BenchCase;
