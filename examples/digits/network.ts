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
  const variables = model.trainableWeights.map((weight) => weight.read() as Variable);
  const names = ["conv1.kernel", "conv1.bias", "conv2.kernel", "conv2.bias", "dense1.kernel", "dense1.bias", "dense2.kernel", "dense2.bias"];
  const logits = (pictures: Tensor4D): Tensor2D => model.apply(pictures, { training: true }) as Tensor2D;

  return {
    variables,
    logits,
    classify(pictures) {
      const flat = tf.tidy(() => tf.softmax(logits(toTensor(tf, pictures))).dataSync<"float32">());
      return pictures.map((_, index) => flat.slice(index * digitCount, (index + 1) * digitCount));
    },
    toBytes() {
      return weightsToBytes(variables.map((variable, index) => ({ name: names[index] ?? "", shape: variable.shape, values: variable.dataSync<"float32">() })));
    },
    load(file) {
      const found = new Map(weightsFromBytes(file).map((weights) => [weights.name, weights]));
      const checked = variables.map((variable, index) => matching(found.get(names[index] ?? ""), names[index] ?? "", variable));
      tf.tidy(() => checked.forEach(({ shape, values }, index) => variables[index]?.assign(tf.tensor(values, [...shape]))));
    },
    dispose() {
      model.dispose();
    },
  };
}

export function toTensor(tf: Tensorflow["tf"], pictures: readonly Float32Array[]): Tensor4D {
  const flat = new Float32Array(pictures.length * side * side);
  pictures.forEach((picture, index) => flat.set(picture, index * side * side));
  return tf.tensor4d(flat, [pictures.length, side, side, 1]);
}

function matching(weights: NamedWeights | undefined, name: string, { shape }: Tensor): NamedWeights {
  if (weights?.shape.join() === shape.join()) return weights;
  const found = weights ? `has the shape ${weights.shape.join(" x ")}` : "is missing";
  throw new Error(`These weights are of another network: "${name}" ${found}, it should be ${shape.join(" x ")}.`);
}
