// The convolutional network: 28 x 28 ink in, ten scores out. 27,562 parameters.

import type { Tensor, Tensor2D, Tensor4D, Variable } from "@tensorflow/tfjs-core";
import { side } from "./prepare-digit.ts";
import type { Tensorflow } from "./tensorflow.ts";
import { type NamedWeights, weightsFromBytes, weightsToBytes } from "./weights-file.ts";

export const digitCount = 10;

export interface Network {
  /** Ten probabilities for each picture; nothing is awaited, so a call sees one state of the weights. */
  classify(pictures: readonly Float32Array[]): Float32Array[];
  /** Ten scores a picture before the softmax, for training; the caller disposes of them. */
  logits(pictures: Tensor4D): Tensor2D;
  readonly variables: Variable[];
  toBytes(): Uint8Array<ArrayBuffer>;
  /** Throws an `Error` that says what is wrong with the file, and changes nothing then. */
  load(file: Uint8Array): void;
  dispose(): void;
}

/** In the order of the layers; they are the names in a weights file. */
const parameterNames = ["conv1", "conv2", "dense1", "dense2"].flatMap((layer) => [`${layer}.kernel`, `${layer}.bias`]);

export function createNetwork({ tf, layers }: Tensorflow, seed = 1): Network {
  // Each layer gets a seed of its own: with a common one equal shapes would start equal.
  const start = (layer: number) => ({ kernelInitializer: layers.initializers.heNormal({ seed: seed * 16 + layer }) });
  const model = layers.sequential({
    layers: [
      layers.layers.conv2d({ inputShape: [side, side, 1], filters: 8, kernelSize: 3, activation: "relu", ...start(1) }),
      layers.layers.averagePooling2d({ poolSize: 2 }),
      layers.layers.conv2d({ filters: 16, kernelSize: 3, activation: "relu", ...start(2) }),
      layers.layers.averagePooling2d({ poolSize: 2 }),
      layers.layers.flatten(),
      layers.layers.dense({ units: 64, activation: "relu", ...start(3) }),
      layers.layers.dense({ units: digitCount, ...start(4) }),
    ],
  });
  const parameters = model.trainableWeights.map((weight, index) => ({
    name: parameterNames[index] ?? weight.name,
    variable: weight.read() as Variable,
  }));
  const logits = (pictures: Tensor4D): Tensor2D => model.apply(pictures, { training: true }) as Tensor2D;

  return {
    variables: parameters.map(({ variable }) => variable),
    logits,
    classify(pictures) {
      const flat = tf.tidy(() => tf.softmax(logits(toTensor(tf, pictures))).dataSync<"float32">());
      return pictures.map((_, index) => flat.slice(index * digitCount, (index + 1) * digitCount));
    },
    toBytes() {
      return weightsToBytes(
        parameters.map(({ name, variable }) => ({
          name,
          shape: variable.shape,
          values: variable.dataSync<"float32">(),
        })),
      );
    },
    load(file) {
      const found = new Map(weightsFromBytes(file).map((weights) => [weights.name, weights]));
      const checked = parameters.map(({ name, variable }) => ({
        variable,
        weights: matching(found.get(name), name, variable),
      }));
      tf.tidy(() => {
        for (const { variable, weights } of checked) variable.assign(tf.tensor(weights.values, [...weights.shape]));
      });
    },
    dispose() {
      model.dispose();
    },
  };
}

export function toTensor(tf: Tensorflow["tf"], pictures: readonly Float32Array[]): Tensor4D {
  const flat = new Float32Array(pictures.length * side * side);
  for (const [index, picture] of pictures.entries()) flat.set(picture, index * side * side);
  return tf.tensor4d(flat, [pictures.length, side, side, 1]);
}

function matching(weights: NamedWeights | undefined, name: string, { shape }: Tensor): NamedWeights {
  if (weights?.shape.join() === shape.join()) return weights;
  const found = weights ? `has the shape ${weights.shape.join(" x ")}` : "is missing";
  throw new Error(`These weights are of another network: "${name}" ${found}, it should be ${shape.join(" x ")}.`);
}
