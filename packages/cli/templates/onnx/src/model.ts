// Names the colour of a pixel with the network in model.onnx. `npm start` serves it.
import { fileURLToPath } from "node:url";
import { defineModel, Type } from "@deepaas/core";
import manifest from "../package.json" with { type: "json" };

const { name, version, description, author, license } = manifest;
const file = fileURLToPath(new URL("../model.onnx", import.meta.url));
const labels = ["black", "red", "green", "blue", "yellow", "magenta", "cyan", "white"];
const channel = () => Type.Integer({ minimum: 0, maximum: 255 });

async function loadNetwork() {
  // Not at the top of the file: importing a model must be cheap.
  const { InferenceSession, Tensor } = await import("onnxruntime-node");
  const session = await InferenceSession.create(file);
  return {
    /** Takes three numbers from 0 to 1 for each pixel. Returns one probability for each pixel and label. */
    async run(pixels: number[]) {
      // The names are those of the inputs and outputs in the file: see session.inputNames and session.outputNames.
      const input = new Tensor("float32", pixels, [pixels.length / 3, 3]);
      const { probabilities } = await session.run({ pixels: input });
      return probabilities?.data as Float32Array;
    },
    close: () => session.release(),
  };
}

let network: Awaited<ReturnType<typeof loadNetwork>> | undefined;

export default defineModel({
  getMetadata: () => ({ name, version, description, author, license }),

  // What a call takes and answers. Both are checked for you, and the types of `predictBatch` follow from them.
  getPredictArgs: () => ({ red: channel(), green: channel(), blue: channel() }),
  schema: { label: Type.String(), probability: Type.Number() },

  async warm() {
    network = await loadNetwork();
  },

  // All calls that wait at this moment, in one run of the network. A model may have `predict`, for one call, instead.
  async predictBatch(calls) {
    const pixels = calls.flatMap(({ red, green, blue }) => [red / 255, green / 255, blue / 255]);
    const probabilities = (await network?.run(pixels)) ?? new Float32Array();
    return calls.map((_call, i) => {
      const row = probabilities.subarray(i * labels.length, (i + 1) * labels.length);
      const probability = Math.max(...row);
      return { label: labels[row.indexOf(probability)] ?? "", probability };
    });
  },

  async close() {
    await network?.close();
    network = undefined;
  },
});
