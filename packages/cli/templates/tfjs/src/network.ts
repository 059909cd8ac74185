// The network: one number in, one number out.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Tensor, TensorLike } from "@tensorflow/tfjs-core";
import { trainingPoints, validationPoints } from "./points.ts";

async function loadTensorflow() {
  // Not at the top of the file: importing a model must be cheap.
  const tf = await import("@tensorflow/tfjs-core");
  const layers = await import("@tensorflow/tfjs-layers");
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  // A path, not a URL: else TensorFlow.js would fetch its binaries.
  wasm.setWasmPaths(`${dirname(fileURLToPath(import.meta.resolve("@tensorflow/tfjs-backend-wasm")))}/`);
  if (!(await tf.setBackend("wasm"))) throw new Error("TensorFlow.js could not start its WebAssembly backend.");
  return { tf, ...layers };
}

let loading: ReturnType<typeof loadTensorflow> | undefined;

export type Network = Awaited<ReturnType<typeof createNetwork>>;

/** Makes a network with the weights of `file`, or with random ones. */
export async function createNetwork(file?: string) {
  loading ??= loadTensorflow();
  const { tf, layers, sequential } = await loading;
  const model = sequential({
    layers: [
      layers.dense({ units: 16, activation: "tanh", inputShape: [1] }),
      layers.dense({ units: 16, activation: "tanh" }),
      layers.dense({ units: 1 }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.01), loss: "meanSquaredError" });
  const column = (numbers: readonly number[]) => tf.tensor2d([...numbers], [numbers.length, 1]);
  if (file !== undefined) {
    const weights = JSON.parse(file) as TensorLike[];
    tf.tidy(() => model.setWeights(weights.map((values) => tf.tensor(values))));
  }

  return {
    predict(xs: readonly number[]): number[] {
      return tf.tidy(() => [...(model.predict(column(xs)) as Tensor).dataSync()]);
    },
    /** Learns all points once. Returns the mean squared error of what was learned, and of the other points. */
    async learn() {
      const [x, y] = [column(trainingPoints.xs), column(trainingPoints.ys)];
      const validationData: [Tensor, Tensor] = [column(validationPoints.xs), column(validationPoints.ys)];
      const { history } = await model.fit(x, y, { batchSize: 20, epochs: 1, validationData, verbose: 0 });
      tf.dispose([x, y, ...validationData]);
      return { loss: Number(history.loss?.[0]), val_loss: Number(history.val_loss?.[0]) };
    },
    /** Its weights. JSON is enough for a small network; write the numbers of a large one as bytes. */
    toFile: () => new Blob([JSON.stringify(model.getWeights().map((weights) => weights.arraySync()))]),
    dispose: () => model.dispose(),
  };
}
