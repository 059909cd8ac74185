// Event-loop delay while a model reports 100,000 times a second: p99, in milliseconds.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { createHost, type TrainContext } from "@deepaas/core";
import type { BenchCase } from "../bench-case.ts";

const perSecond = 100_000;
const durationMs = 4_000;

async function delayP99(report: (run: TrainContext, step: number) => void): Promise<number> {
  const model = {
    async train(_args: object, run: TrainContext) {
      const startedAt = performance.now();
      let step = 0;
      for (let now = startedAt; now - startedAt < durationMs; now = performance.now()) {
        for (const due = ((now - startedAt) * perSecond) / 1000; step < due; step++) report(run, step);
        await sleep(1);
      }
      return step;
    },
  };
  await using host = await createHost({ models: { model } });
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
  name: "chatty-training",
  against: "the same loop without reports, event-loop delay p99",
  goal: { atMost: 3 },
  rounds: 5,
  baseline: () => delayP99((_run, step) => void { loss: 1 / (step + 1) }),
  subject: () => delayP99((run, step) => run.report({ step, metrics: { loss: 1 / (step + 1) } })),
} satisfies BenchCase;
