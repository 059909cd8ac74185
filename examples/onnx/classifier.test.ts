import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { loadClassifier } from "./classifier.ts";

it("is released once the runs that were asked for have ended", async () => {
  const classifier = await loadClassifier(readFileSync(new URL("./digits.onnx", import.meta.url)));
  const asked = [1, 2].map(() => classifier.classify([new Float32Array(784)]));
  await classifier.release();
  expect((await Promise.all(asked)).map(([probabilities]) => probabilities?.length)).toEqual([10, 10]);
  await expect(classifier.classify([new Float32Array(784)])).rejects.toThrow();
});
