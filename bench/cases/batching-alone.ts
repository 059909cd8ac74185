// The cost of `predictBatch` for a single caller: time per call.
import { callsPerSecond } from "../batch-model.ts";
import type { BenchCase } from "../bench-case.ts";

export default {
  name: "batching-alone",
  against: "the same model without predictBatch, 1 caller, time per call",
  goal: { atMost: 1.05 },
  figure: (subject, baseline) => baseline / subject,
  baseline: () => callsPerSecond("single", { callers: 1, calls: 1_000 }),
  subject: () => callsPerSecond("batched", { callers: 1, calls: 1_000 }),
} satisfies BenchCase;
