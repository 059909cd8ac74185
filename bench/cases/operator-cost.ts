// The cost of what an operator switches on: metrics, an access log, an API key and limits together.
import type { BenchCase } from "../bench-case.ts";
import { operatorWorker } from "../observed-servers.ts";
import { cpuPerRequest, oneWorker } from "../rest-servers.ts";

export default {
  name: "operator-cost",
  against: "the same without any of it, CPU time of all processes per request at 32 callers",
  goal: { atMost: 1.25 },
  rounds: 9,
  baseline: () => cpuPerRequest(oneWorker()),
  subject: () => cpuPerRequest(operatorWorker()),
} satisfies BenchCase;
