// The cost of traces that nobody has asked for: CPU time per predict of a no-op model in a worker, without an OpenTelemetry SDK.
import type { BenchCase } from "../bench-case.ts";
import { adapter, cpuPerRequest, oneWorker } from "../rest-servers.ts";
import { tracedInline, tracedWorker } from "../traced-servers.ts";

export default {
  name: "traces-idle",
  against: "the same without observers, CPU time of all processes per request at 32 callers",
  goal: { atMost: 1.02 },
  rounds: 9,
  baseline: () => cpuPerRequest(oneWorker()),
  subject: () => cpuPerRequest(tracedWorker()),
  beside: {
    "inline, without": () => cpuPerRequest(adapter()),
    inline: () => cpuPerRequest(tracedInline()),
  },
} satisfies BenchCase;
