// The cost of authentication: CPU time per predict of a no-op model in a worker, with a token of OpenID Connect that was verified before.
import type { BenchCase } from "../bench-case.ts";
import { guardedInline, guardedWorker } from "../guarded-servers.ts";
import { adapter, cpuPerRequest, oneWorker } from "../rest-servers.ts";

export default {
  name: "auth-jwt",
  against: "the same without authentication and policy, CPU time of all processes per request at 32 callers",
  goal: { atMost: 1.08 },
  rounds: 9,
  baseline: () => cpuPerRequest(oneWorker()),
  subject: () => cpuPerRequest(guardedWorker("jwt")),
  beside: {
    "inline, without": () => cpuPerRequest(adapter()),
    inline: () => cpuPerRequest(guardedInline("jwt")),
  },
} satisfies BenchCase;
