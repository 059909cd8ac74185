// The cost of authentication: CPU time per predict of a no-op model in a worker, with an API key and rate limits of its address and its caller.
import type { BenchCase } from "../bench-case.ts";
import { guardedInline, guardedWorker } from "../guarded-servers.ts";
import { adapter, cpuPerRequest, oneWorker } from "../rest-servers.ts";

export default {
  name: "auth-limits",
  against: "the same without authentication and policy, CPU time of all processes per request at 32 callers",
  goal: { atMost: 1.12 },
  rounds: 9,
  baseline: () => cpuPerRequest(oneWorker()),
  subject: () => cpuPerRequest(guardedWorker("key with limits")),
  beside: {
    "inline, without": () => cpuPerRequest(adapter()),
    inline: () => cpuPerRequest(guardedInline("key with limits")),
  },
} satisfies BenchCase;
