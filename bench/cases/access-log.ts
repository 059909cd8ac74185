// The cost of the access log: CPU time per predict of a no-op model in a worker, with a line of JSON in a file for each request.
import type { BenchCase } from "../bench-case.ts";
import { loggedWorker } from "../logged-server.ts";
import { cpuPerRequest, oneWorker } from "../rest-servers.ts";

export default {
  name: "access-log",
  against: "the same without an access log, CPU time of all processes per request at 32 callers",
  goal: { atMost: 1.1 },
  rounds: 9,
  baseline: () => cpuPerRequest(oneWorker()),
  subject: () => cpuPerRequest(loggedWorker()),
} satisfies BenchCase;
