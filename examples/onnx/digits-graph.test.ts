import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { modelFile } from "@deepaas/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pictureFrom } from "../digits/digits.ts";
import { createNetwork } from "../digits/network.ts";
import { loadTensorflow } from "../digits/tensorflow.ts";
import { weightsFromBytes, weightsToBytes } from "../digits/weights-file.ts";
import { type Classifier, loadClassifier } from "./classifier.ts";
import { onnxFromWeights } from "./digits-graph.ts";

const fixtures = fileURLToPath(new URL("../digits/fixtures/", import.meta.url));
const weights = readFileSync(fileURLToPath(new URL("../digits/weights.bin", import.meta.url)));
const file = onnxFromWeights(weights);
const pictures = await Promise.all(
  readdirSync(fixtures).map((name) => pictureFrom(modelFile(readFileSync(join(fixtures, name))))),
);

describe("the ONNX file of the digits example's weights", () => {
  let classifier: Classifier;
  beforeAll(async () => {
    classifier = await loadClassifier(file);
  });
  afterAll(() => classifier.release());

  it("is the shipped one", () => {
    expect(readFileSync(new URL("./digits.onnx", import.meta.url)).equals(file)).toBe(true);
  });

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
