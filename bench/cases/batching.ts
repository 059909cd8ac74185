// Throughput of 64 callers on a model whose batch of 16 costs as one.
import { callsPerSecond } from "../batch-model.ts";
import type { BenchCase } from "../bench-case.ts";

export default {
  name: "batching",
  against: "the same model without predictBatch, 64 callers",
  goal: { atLeast: 8 },
  baseline: () => callsPerSecond("single", { callers: 64, calls: 1_000 }),
  subject: () => callsPerSecond("batched", { callers: 64, calls: 8_000 }),
} satisfies BenchCase;
