// The throughput of 64 callers of a model for which a batch of 16 costs as much as one call.
import { callsPerSecond } from "../batch-model.ts";
import type { BenchCase } from "../bench-case.ts";

export default {
  name: "batching",
  against: "the same model without predictBatch, 64 callers",
  goal: { atLeast: 8 },
  baseline: () => callsPerSecond("single", { callers: 64, calls: 1_000 }),
  subject: () => callsPerSecond("batched", { callers: 64, calls: 8_000 }),
} satisfies BenchCase;
