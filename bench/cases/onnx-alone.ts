// The cost of batching for a single caller of a small ONNX model in a worker: time per call.
import type { BenchCase } from "../bench-case.ts";
import { onnxRate } from "../onnx-rate.ts";

const load = { input: "pixels", callers: 1, calls: 2_000 } as const;

export default {
  name: "onnx-alone",
  against: "the same model with maxBatch 1 in one worker, 1 caller that sends pixels, time per call",
  goal: { atMost: 1.05 },
  figure: (subject, baseline) => baseline / subject,
  baseline: () => onnxRate({ ...load, maxBatch: 1 }),
  subject: () => onnxRate({ ...load, maxBatch: 32 }),
} satisfies BenchCase;
