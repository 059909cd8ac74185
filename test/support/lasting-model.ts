// A model for stories about servers that die. Files in its folder control its training.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** `head` replaces the metadata of the module. */
export function lastingModule(head = ""): string {
  return `
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
let weights = "shipped";
${head || 'export const getMetadata = () => ({ version: "1" });'}
export const warm = async ({ published }) => { if (published) weights = await published.text(); };
export const predict = () => ({ weights, pid: process.pid });
export const getTrainArgs = () => ({
  steps: { type: "integer", default: 3 },
  secret: { type: "string", format: "password", writeOnly: true, default: "" },
  /** Ignores the abort of its signal. */
  deaf: { type: "boolean", default: false },
  /** A later attempt waits for step 0 first. */
  waits: { type: "boolean", default: false },
});
export async function train({ steps, secret, deaf, waits }, run) {
  const pass = async (gate) => {
    while (!existsSync(new URL(gate, import.meta.url))) {
      if (!deaf) run.signal.throwIfAborted();
      await sleep(5);
    }
  };
  if (waits && run.attempt > 1) await pass("go-0");
  for (let step = (run.resumeFrom?.step ?? 0) + 1; step <= steps; step++) {
    run.report({ step, total: steps });
    await run.checkpoint({ step, data: { doubled: 2 * step }, file: Buffer.from("weights of step " + step) });
    console.log("pid " + process.pid + " at step " + step);
    await pass("go-" + step);
  }
  await run.artifact("told.txt", Buffer.from("attempt " + run.attempt));
  await run.publish(Buffer.from("trained by " + run.runId));
  return { attempt: run.attempt, from: run.resumeFrom?.step ?? 0, knew: secret.length };
}`;
}

/** Lets trainings pass their steps `from` to `to`. */
export function letPass(folder: string, from: number, to: number): void {
  for (let step = from; step <= to; step++) {
    const gate = join(folder, `go-${step}`);
    if (!existsSync(gate)) writeFileSync(gate, "");
  }
}
