// The same as rest-predict, with the model in a worker: CPU time of both processes.
import type { BenchCase } from "../bench-case.ts";
import { bareKoa, cpuPerRequest, oneWorker } from "../rest-servers.ts";

export default {
  name: "workers-rest",
  against:
    "a route of bare Koa and @koa/router that parses and answers the same JSON by hand, CPU time per request at 32 callers",
  goal: { atMost: 2.2 },
  baseline: () => cpuPerRequest(bareKoa()),
  subject: () => cpuPerRequest(oneWorker()),
} satisfies BenchCase;
