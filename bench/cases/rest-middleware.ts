// The same as rest-predict, as a middleware in a Koa app.
import type { BenchCase } from "../bench-case.ts";
import { bareKoa, cpuPerRequest, middleware } from "../rest-servers.ts";

export default {
  name: "rest-middleware",
  against:
    "a route of bare Koa and @koa/router that parses and answers the same JSON by hand, CPU time per request at 32 callers",
  goal: { atMost: 1.1 },
  baseline: () => cpuPerRequest(bareKoa()),
  subject: () => cpuPerRequest(middleware()),
} satisfies BenchCase;
