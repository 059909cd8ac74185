// A training that reports, and then waits until it is aborted.
import { setTimeout as sleep } from "node:timers/promises";
import { type Args, type TrainContext, Type } from "@deepaas/core";

const fields = { reports: Type.Integer(), everyMs: Type.Number() };

export const predict = () => null;
export const getTrainArgs = () => fields;

/** The message of each report is its time, in milliseconds since the epoch. */
export async function train({ reports, everyMs }: Args<typeof fields>, run: TrainContext): Promise<never> {
  await run.checkpoint({ step: 0 });
  for (let step = 1; step <= reports; step++) {
    await sleep(everyMs, undefined, { signal: run.signal });
    run.report({ step, message: String(performance.timeOrigin + performance.now()) });
  }
  return sleep(2 ** 31 - 1, undefined, { signal: run.signal }) as Promise<never>;
}
