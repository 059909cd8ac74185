// The cost of metrics: CPU time per predict of a no-op model in a worker.
import type { BenchCase } from "../bench-case.ts";
import { metricsInline, metricsWorker } from "../observed-servers.ts";
import { adapter, cpuPerRequest, oneWorker } from "../rest-servers.ts";

export default {
  name: "metrics-cost",
  against: "the same without metrics, CPU time of all processes per request at 32 callers",
  goal: { atMost: 1.05 },
  rounds: 9,
  baseline: () => cpuPerRequest(oneWorker()),
  subject: () => cpuPerRequest(metricsWorker()),
  beside: {
    "inline, without": () => cpuPerRequest(adapter()),
    inline: () => cpuPerRequest(metricsInline()),
  },
} satisfies BenchCase;
