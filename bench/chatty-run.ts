// Measures the delay of the event loop while a model reports many times per second.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { createHost, type Host, type TrainContext } from "@deepaas/core";
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
  const { made, delayMs } = await watchRun(host, {});
  checkPace(made, (perSecond * durationMs) / 1000);
  return delayMs;
}

export interface WatchedRun {
  /** The number of reports that the model made, as it returned it. */
  readonly made: number;
  /** Those that are in the log, also merged into others. */
  readonly kept: number;
  readonly lastStep: number | undefined;
  /** Of the event loop: the 99th percentile, in milliseconds. */
  readonly delayMs: number;
}

/** Runs a training of the model `model`, which returns how many reports it made, and reads its log to the end. */
export async function watchRun(host: Host, args: Readonly<Record<string, unknown>>): Promise<WatchedRun> {
  const { id } = await host.train("model", args);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  let made = 0;
  let kept = 0;
  let lastStep: number | undefined;
  for await (const event of host.watch(id)) {
    if (event.type === "failed") throw new Error(event.error.message);
    if (event.type === "succeeded") made = Number(event.result);
    if (event.type !== "progress") continue;
    kept += event.merged ?? 1;
    lastStep = event.step;
  }
  delay.disable();
  return { made, kept, lastStep, delayMs: delay.percentile(99) / 1e6 };
}

export function checkPace(made: number, wanted: number): void {
  if (made < wanted * 0.9) throw new Error("The machine is too slow: the model made less than 90 % of its reports.");
}
