// The second start of `deepaas run with one worker`: CPU time until the first response.
import type { BenchCase } from "../bench-case.ts";
import { cpuOfStart } from "../start-cpu.ts";

export default {
  name: "start",
  against: "a script of bare Koa and @koa/router, CPU time of all processes until the first predict is answered",
  goal: { atMost: 3.5 },
  baseline: () => cpuOfStart("bare"),
  subject: () => cpuOfStart([]),
} satisfies BenchCase;
