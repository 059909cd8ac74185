import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DeepaasError, modelFile, testModel } from "@deepaas/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pictureFrom } from "../digits/digits.ts";
import { createNetwork } from "../digits/network.ts";
import { loadTensorflow } from "../digits/tensorflow.ts";
import { onnxFromWeights } from "./digits-graph.ts";
import Onnx from "./onnx.ts";
import { onnxFromGraph } from "./onnx-file.ts";

const png = readFileSync(fileURLToPath(new URL("../digits/7.png", import.meta.url)));
const shipped = readFileSync(join(import.meta.dirname, "digits.onnx"));
const seven = modelFile(png);
const call = { requestId: "test", signal: new AbortController().signal };

const onnx = new Onnx();
beforeAll(() => onnx.warm({ published: undefined, ...call }));
afterAll(() => onnx.close());

/** What the digits example's training would have published. */
async function otherFile(): Promise<Uint8Array> {
  const network = createNetwork(await loadTensorflow(), 99);
  try {
    return onnxFromWeights(network.toBytes());
  } finally {
    network.dispose();
  }
}

/** A sound ONNX file that tells something else of the same pictures. */
const otherModel = onnxFromGraph({
  name: "other",
  inputs: [{ name: "pictures", shape: ["batch", 1, 28, 28] }],
  outputs: [{ name: "probabilities", shape: ["batch", 784] }],
  weights: [],
  nodes: [{ op: "Flatten", inputs: ["pictures"], output: "probabilities", attributes: { axis: 1 } }],
});

it("loads none of onnxruntime, TensorFlow.js and the image decoder until it is warmed, and then not TensorFlow.js", () => {
  const script = `
    const { default: Onnx } = await import(${JSON.stringify(new URL("./onnx.ts", import.meta.url).href)});
    const { createRequire } = await import("node:module");
    const paths = () => Object.keys(createRequire(import.meta.url).cache).join();
    const loaded = () => ["onnxruntime-node", "sharp", "tensorflow"].filter((name) => paths().includes(name));
    const atImport = loaded();
    await new Onnx().warm({ published: undefined, signal: new AbortController().signal });
    console.log(JSON.stringify([atImport, loaded()]));`;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
  expect(JSON.parse(output)).toEqual([[], ["onnxruntime-node", "sharp"]]);
});

describe("predict", () => {
  it("tells a picture, and the pixels that were prepared from it, alike", async () => {
    await using served = await testModel(new Onnx());
    const { status, predictions } = await served.predict({ image: png });
    expect(status).toBe("OK");
    expect(predictions.map(({ label }) => label)[0]).toBe("7");
    expect(predictions).toHaveLength(3);
    const pixels = [...(await pictureFrom(seven))];
    expect(await served.predict({ pixels })).toEqual({ status, predictions });
  });

  it.each([
    ["neither a picture nor pixels", {}, ""],
    ["both", { image: seven, pixels: new Array<number>(784).fill(0) }, ""],
    ["a picture that is none", { image: modelFile(Buffer.from("seven")) }, "/image"],
  ])("refuses %s with the reason", async (_, args, pointer) => {
    const error = await onnx.predict({ top: 3, ...args }).catch((reason: unknown) => reason);
    expect(DeepaasError.is(error)).toBe(true);
    expect(error).toMatchObject({ code: "invalid_args", issues: [{ pointer }] });
  });
});

describe("predictBatch", () => {
  it("answers in order, and fails only the calls whose picture cannot be read", async () => {
    const blank = new Array<number>(784).fill(0);
    const answers = await onnx.predictBatch([
      { pixels: blank, top: 10 },
      { image: modelFile(png.subarray(0, 1500)), top: 1 },
      { image: seven, top: 1 },
    ]);
    expect(answers[0]).toEqual(await onnx.predict({ pixels: blank, top: 10 }));
    expect(answers[1]).toMatchObject({ code: "invalid_args", issues: [{ rule: "content" }] });
    expect(answers[2]).toMatchObject({ predictions: [{ label: "7" }] });
  });

  it("fails each call when none can be read", async () => {
    const none = { image: modelFile(Buffer.alloc(0)), top: 1 };
    expect(await onnx.predictBatch([none, none])).toMatchObject([{ code: "invalid_args" }, { code: "invalid_args" }]);
  });
});

describe("reload", () => {
  it("swaps the model under calls that are running, and back", async () => {
    const before = await onnx.predict({ image: seven, top: 10 });
    const running = Array.from({ length: 8 }, () => onnx.predict({ image: seven, top: 10 }));
    await onnx.reload(modelFile(await otherFile()));
    const after = await onnx.predict({ image: seven, top: 10 });
    expect(after).not.toEqual(before);
    for (const answer of await Promise.all(running)) expect([before, after]).toContainEqual(answer);
    await onnx.reload(modelFile(shipped));
    expect(await onnx.predict({ image: seven, top: 10 })).toEqual(before);
  });

  it.each([
    ["damaged", shipped.subarray(0, 5_000), /./],
    ["of another model", otherModel, "This ONNX file is of another model: its output is float32 1 x 784."],
  ])("goes on serving when the new file is %s, and says so", async (_, file, reason) => {
    const before = await onnx.predict({ image: seven, top: 3 });
    await expect(onnx.reload(modelFile(file))).rejects.toThrow(reason);
    expect(await onnx.predict({ image: seven, top: 3 })).toEqual(before);
  });
});

it("trains as the digits example does, and serves what it has learned as an ONNX model", async () => {
  await using served = await testModel(new Onnx());
  const before = await served.predict({ image: png, top: 10 });
  const { run, events } = await served.trained({ epochs: 1, samples: 40 });
  expect(run.state).toBe("succeeded");
  expect(events.map(({ type }) => type)).toContain("published");
  expect(await served.predict({ image: png, top: 10 })).not.toEqual(before);
});
