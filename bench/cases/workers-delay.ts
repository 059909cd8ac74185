// The event-loop delay of the server while every worker is busy.
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { createHost, type Host } from "@deepaas/core";
import { workers } from "@deepaas/workers";
import type { BenchCase } from "../bench-case.ts";

const seconds = 10;

/** Returns the 99th percentile of the delay, in milliseconds. */
async function delayWhile(busy: (host: Host) => Promise<unknown>): Promise<number> {
  const module = join(import.meta.dirname, "..", "worker-models", "echo.ts");
  const host = await createHost({ executor: workers({ module, predict: 2 }) });
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  await busy(host);
  delay.disable();
  await host.close();
  return delay.percentile(99) / 1e6;
}

export default {
  name: "workers-delay",
  against: "an idle server, event-loop delay p99",
  goal: { atMost: 2 },
  rounds: 3,
  baseline: () => delayWhile(() => sleep(seconds * 1_000)),
  subject: () =>
    delayWhile((host) =>
      Promise.all([1, 2].map(() => host.predict("echo", { blockMs: seconds * 1_000 }, { timeoutMs: 60_000 }))),
    ),
} satisfies BenchCase;
