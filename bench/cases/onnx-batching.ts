// The gain of batching for a small ONNX model in a worker. The callers send prepared pixels, so that the model is measured: decoding
// and preparing a picture takes 100 times longer, also in a batch.
import type { BenchCase } from "../bench-case.ts";
import { onnxRate } from "../onnx-rate.ts";

const pixels = { input: "pixels", callers: 64, calls: 2_000 } as const;
const picture = { input: "picture", callers: 64, calls: 64 } as const;

export default {
  name: "onnx-batching",
  against: "the same model with maxBatch 1 in one worker, 64 callers that send pixels, calls per second",
  goal: { atLeast: 2 },
  rounds: 5,
  baseline: () => onnxRate({ ...pixels, maxBatch: 1 }),
  subject: () => onnxRate({ ...pixels, maxBatch: 32 }),
  beside: {
    "a picture of 200 x 200, without": () => onnxRate({ ...picture, maxBatch: 1 }),
    "a picture of 200 x 200, with": () => onnxRate({ ...picture, maxBatch: 32 }),
  },
} satisfies BenchCase;
