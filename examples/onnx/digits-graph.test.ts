import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { modelFile } from "@deepaas/core";
import { pictureFrom } from "@deepaas/example-digits/digits.ts";
import { createNetwork } from "@deepaas/example-digits/network.ts";
import { loadTensorflow } from "@deepaas/example-digits/tensorflow.ts";
import { weightsFromBytes, weightsToBytes } from "@deepaas/example-digits/weights-file.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Classifier, loadClassifier } from "./classifier.ts";
import { onnxFromWeights } from "./digits-graph.ts";

const fixtures = fileURLToPath(import.meta.resolve("@deepaas/example-digits/fixtures/"));
const weights = readFileSync(fileURLToPath(import.meta.resolve("@deepaas/example-digits/weights.bin")));
const shipped = readFileSync(join(import.meta.dirname, "digits.onnx"));
const pictures = await Promise.all(
  readdirSync(fixtures).map((name) => pictureFrom(modelFile(readFileSync(join(fixtures, name))))),
);

describe("the shipped ONNX file", () => {
  let classifier: Classifier;
  beforeAll(async () => {
    classifier = await loadClassifier(shipped);
  });
  afterAll(() => classifier.release());

  it("gives the probabilities of the TensorFlow.js network, for each of the test pictures", async () => {
    const network = createNetwork(await loadTensorflow());
    network.load(weights);
    const expected = network.classify(pictures);
    network.dispose();
    expect(pictures.length).toBeGreaterThan(20);
    for (const [index, probabilities] of (await classifier.classify(pictures)).entries()) {
      for (const [digit, probability] of probabilities.entries()) {
        expect(Math.abs(probability - (expected[index]?.[digit] ?? Number.NaN))).toBeLessThan(1e-4);
      }
    }
  });

  it("takes any number of pictures and tells each as it does alone", async () => {
    const together = await classifier.classify(pictures);
    for (const [index, picture] of pictures.entries()) {
      const [alone] = await classifier.classify([picture]);
      for (const [digit, probability] of (alone ?? []).entries()) {
        expect(together[index]?.[digit]).toBeCloseTo(probability, 5);
      }
    }
  });
});

it("is not made of the weights of another network", () => {
  const others = weightsToBytes(weightsFromBytes(weights).filter(({ name }) => name !== "dense1.kernel"));
  expect(() => onnxFromWeights(others)).toThrow('These weights are of another network: "dense1.kernel".');
  expect(() => onnxFromWeights(weights.subarray(0, 5_000))).toThrow(/not a usable weights file/);
});
