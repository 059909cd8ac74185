import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { DeepaasError, modelFile, testModel } from "@deepaas/core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import Digits from "./digits.ts";
import { createNetwork } from "./network.ts";
import { createRandom } from "./random.ts";
import { loadTensorflow } from "./tensorflow.ts";
import { drawSamples, measure, validationSamples } from "./training.ts";

const fixtures = new URL("./fixtures/", import.meta.url);
const seven = modelFile(readFileSync(new URL("./7.png", import.meta.url)));
const shippedWeights = readFileSync(new URL("./weights.bin", import.meta.url));
const call = { requestId: "test", signal: new AbortController().signal };

const digits = new Digits();
beforeAll(() => digits.warm({ published: undefined, ...call }));
afterAll(() => digits.close());

function otherWeights(tensorflow: Awaited<ReturnType<typeof loadTensorflow>>): Uint8Array {
  const network = createNetwork(tensorflow, 99);
  try {
    return network.toBytes();
  } finally {
    network.dispose();
  }
}

describe("the module", () => {
  it("loads neither TensorFlow.js nor the image decoder until it is warmed", () => {
    const script = `
      const { default: Digits } = await import(${JSON.stringify(new URL("./digits.ts", import.meta.url).href)});
      const { createRequire } = await import("node:module");
      const heavy = () => Object.keys(createRequire(import.meta.url).cache).filter((path) => /tensorflow|[\\\\/]sharp[\\\\/]/.test(path)).length;
      const atImport = heavy();
      await new Digits().warm({ published: undefined, signal: new AbortController().signal });
      console.log(JSON.stringify([atImport, heavy() > 0]));`;
    const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
    expect(JSON.parse(output)).toEqual([0, true]);
  });

  it("is accepted and served by a host", async () => {
    await using served = await testModel(new Digits());
    const { status, predictions } = await served.predict({ image: readFileSync(new URL("./7.png", import.meta.url)) });
    expect(status).toBe("OK");
    expect(predictions.map(({ label }) => label)[0]).toBe("7");
    expect(predictions).toHaveLength(3);
  });
});

describe("predict", () => {
  it("reads at least nine of ten hand-drawn test pictures", async () => {
    const wrong: string[] = [];
    const names = readdirSync(fixtures);
    for (const name of names) {
      const { predictions } = await digits.predict({ image: modelFile(readFileSync(new URL(name, fixtures))), top: 1 });
      if (predictions[0]?.label !== name[0]) wrong.push(`${name}: ${predictions[0]?.label}`);
    }
    expect(names.length).toBeGreaterThan(20);
    expect(wrong.length, wrong.join(", ")).toBeLessThanOrEqual(names.length / 10);
  });

  it("reads at least nine of ten digits drawn from a seed that no training used", async () => {
    const network = createNetwork(await loadTensorflow());
    network.load(shippedWeights);
    const { accuracy } = await measure(
      network,
      await drawSamples(500, createRandom(20_000, 7), call.signal),
      call.signal,
    );
    network.dispose();
    expect(accuracy).toBeGreaterThan(0.9);
  });

  it("states the metrics of the shipped weights as every training measures them", async () => {
    const network = createNetwork(await loadTensorflow());
    network.load(shippedWeights);
    const { loss, accuracy } = await measure(network, await validationSamples(), call.signal);
    network.dispose();
    expect(accuracy).toBeCloseTo(digits.shippedMetrics.val_accuracy, 2);
    expect(loss).toBeCloseTo(digits.shippedMetrics.val_loss, 2);
  });

  it("answers `top` labels, the likeliest first", async () => {
    const { predictions } = await digits.predict({ image: seven, top: 10 });
    const probabilities = predictions.map(({ probability }) => probability);
    expect(predictions).toHaveLength(10);
    expect(probabilities).toEqual(probabilities.toSorted((a, b) => b - a));
    expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
  });

  const blank = (): Promise<Buffer> =>
    sharp({ create: { width: 50, height: 50, channels: 3, background: "white" } })
      .png()
      .toBuffer();
  it.each([
    ["no image", async () => Buffer.from("seven"), "mediaType"],
    ["half an image", async () => readFileSync(new URL("./7.png", import.meta.url)).subarray(0, 1500), "content"],
    ["a blank image", blank, "ink"],
  ])("refuses %s with the reason", async (_, bytes, rule) => {
    const error = await digits.predict({ image: modelFile(await bytes()), top: 3 }).catch((reason: unknown) => reason);
    expect(DeepaasError.is(error)).toBe(true);
    expect(error).toMatchObject({ code: "invalid_args", issues: [{ pointer: "/image", rule }] });
  });

  it("leaves no tensor behind", async () => {
    const { tf } = await loadTensorflow();
    const before = tf.memory().numTensors;
    await Promise.all(Array.from({ length: 5 }, () => digits.predict({ image: seven, top: 3 })));
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("reload", () => {
  it("swaps the weights under calls that are running, and back", async () => {
    const tensorflow = await loadTensorflow();
    const before = tensorflow.tf.memory().numTensors;
    const shipped = await digits.predict({ image: seven, top: 10 });
    const running = Array.from({ length: 8 }, () => digits.predict({ image: seven, top: 10 }));
    await digits.reload(modelFile(otherWeights(tensorflow)));
    const other = await digits.predict({ image: seven, top: 10 });
    expect(other).not.toEqual(shipped);
    for (const answer of await Promise.all(running)) expect([shipped, other]).toContainEqual(answer);
    await digits.reload(modelFile(shippedWeights));
    expect(await digits.predict({ image: seven, top: 10 })).toEqual(shipped);
    expect(tensorflow.tf.memory().numTensors).toBe(before);
  });

  it("goes on serving when the new weights are damaged, and says so", async () => {
    const shipped = await digits.predict({ image: seven, top: 3 });
    await expect(digits.reload(modelFile(shippedWeights.subarray(0, 5000)))).rejects.toThrow(
      /not a usable weights file/,
    );
    expect(await digits.predict({ image: seven, top: 3 })).toEqual(shipped);
  });

  it("refuses damaged published weights at the start", async () => {
    const published = modelFile(Buffer.from("damaged"));
    await expect(new Digits().warm({ ...call, published })).rejects.toThrow(/not a usable weights file/);
  });
});
