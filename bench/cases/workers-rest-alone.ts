// The same as workers-rest with one caller.
import type { BenchCase } from "../bench-case.ts";
import { bareKoa, cpuPerRequest, oneWorker } from "../rest-servers.ts";

const one = { callers: 1, requests: 2_000 };

export default {
  name: "workers-rest-alone",
  against:
    "a route of bare Koa and @koa/router that parses and answers the same JSON by hand, CPU time per request at 1 caller",
  goal: { atMost: 5 },
  baseline: () => cpuPerRequest(bareKoa(), one),
  subject: () => cpuPerRequest(oneWorker(), one),
} satisfies BenchCase;
