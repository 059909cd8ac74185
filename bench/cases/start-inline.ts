// The second start of `deepaas run --inline`: CPU time until the first response.
import type { BenchCase } from "../bench-case.ts";
import { cpuOfStart } from "../start-cpu.ts";

export default {
  name: "start-inline",
  against: "a script of bare Koa and @koa/router, CPU time of all processes until the first predict is answered",
  goal: { atMost: 2.2 },
  baseline: () => cpuOfStart("bare"),
  subject: () => cpuOfStart(["--inline"]),
} satisfies BenchCase;
