// The same as workers-rest, with the model in Python, compared with the model in JavaScript.
import type { BenchCase } from "../bench-case.ts";
import { cpuPerRequest, oneWorker, pythonWorker } from "../rest-servers.ts";

export default {
  name: "python-rest",
  against: "the same model in JavaScript, in a worker for Node.js, CPU time of all processes per request at 32 callers",
  goal: { atMost: 1.6 },
  baseline: () => cpuPerRequest(oneWorker()),
  subject: () => cpuPerRequest(pythonWorker()),
} satisfies BenchCase;
