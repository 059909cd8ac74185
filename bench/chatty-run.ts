// Measures the delay of the event loop while a model makes 100,000 reports per second.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { createHost, type TrainContext } from "@deepaas/core";
import { memoryStore, type RunStore } from "@deepaas/core/ports";

const perSecond = 100_000;
const durationMs = 4_000;

export const reportLoss = (run: TrainContext, step: number) => run.report({ step, metrics: { loss: 1 / (step + 1) } });

/** Returns the 99th percentile of the delay, in milliseconds. */
export async function delayP99(
  report: (run: TrainContext, step: number) => void,
  store: RunStore = memoryStore(),
): Promise<number> {
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
  await using host = await createHost({ models: { model }, store });
  const { id } = await host.train("model", {});
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for await (const event of host.watch(id)) {
    if (event.type === "succeeded" && Number(event.result) < (perSecond * durationMs * 0.9) / 1000)
      throw new Error("The machine is too slow: the model made less than 90 % of its reports.");
  }
  delay.disable();
  return delay.percentile(99) / 1e6;
}
