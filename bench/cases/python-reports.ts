// The event-loop delay while a training in Python makes 10,000 reports per second: p99 in milliseconds. No report may be lost.
import { join } from "node:path";
import { createHost } from "@deepaas/core";
import { workers } from "@deepaas/workers";
import type { BenchCase, Measured } from "../bench-case.ts";
import { checkPace, watchRun } from "../chatty-run.ts";

const perSecond = 10_000;
const seconds = 4;
const module = join(import.meta.dirname, "..", "worker-models", "chatty.py");

async function measure(reports: boolean): Promise<Measured> {
  const executor = workers({ modules: { model: { module, runtime: "python" } } });
  await using host = await createHost({ executor });
  const args = { per_second: perSecond, seconds, reports };
  const { made, kept, lastStep, delayMs } = await watchRun(host, args);
  checkPace(made, perSecond * seconds);
  if (reports && (kept !== made || lastStep !== made)) {
    throw new Error(
      `Reports were lost: ${made} were made, ${kept} are in the log, the last step there is ${lastStep}.`,
    );
  }
  return { figure: delayMs, also: { "reports in the log": kept } };
}

export default {
  name: "python-reports",
  against: "the same loop without reports, event-loop delay p99",
  goal: { atMost: 3 },
  rounds: 5,
  baseline: () => measure(false),
  subject: () => measure(true),
} satisfies BenchCase;
