// The cost of REST: CPU time of the server per predict of a no-op model, with the validation of a body and of the result.
import type { BenchCase } from "../bench-case.ts";
import { adapter, bareHttp, bareKoa, cpuPerRequest } from "../rest-servers.ts";

export default {
  name: "rest-predict",
  against:
    "a route of bare Koa and @koa/router that parses and answers the same JSON by hand, CPU time per request at 32 callers",
  goal: { atMost: 0.75 },
  rounds: 9,
  baseline: () => cpuPerRequest(bareKoa()),
  subject: () => cpuPerRequest(adapter()),
  beside: {
    "the baseline again": () => cpuPerRequest(bareKoa()),
    "bare node:http": () => cpuPerRequest(bareHttp()),
  },
} satisfies BenchCase;
