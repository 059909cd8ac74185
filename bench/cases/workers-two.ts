// The gain of a second worker: 20 predicts of 200 ms CPU time each.
import { join } from "node:path";
import { createHost } from "@deepaas/core";
import { workers } from "@deepaas/workers";
import type { BenchCase } from "../bench-case.ts";

async function milliseconds(predict: number): Promise<number> {
  const module = join(import.meta.dirname, "..", "worker-models", "echo.ts");
  const host = await createHost({ executor: workers({ module, predict }) });
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: 20 }, () => host.predict("echo", { workMs: 200 })));
  return performance.now() - startedAt;
}

export default {
  name: "workers-two",
  against: "one worker, for 20 predicts of 200 ms of CPU time",
  goal: { atLeast: 1.5 },
  unit: "times as fast",
  figure: (subject, baseline) => baseline / subject,
  rounds: 5,
  baseline: () => milliseconds(1),
  subject: () => milliseconds(2),
} satisfies BenchCase;
