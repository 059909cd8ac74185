// Recognises a handwritten digit on a picture. Serve it with: deepaas run examples/digits/digits.ts

import { readFile } from "node:fs/promises";
import {
  type Args,
  BaseModel,
  DeepaasError,
  FileField,
  type ModelFile,
  type TrainContext,
  Type,
  type WarmContext,
  withDefault,
} from "@deepaas/core";
import { greyImageFromBytes, ImageFault, maxBytes, maxPixels } from "./decode-image.ts";
import { createNetwork, digitCount, type Network } from "./network.ts";
import { prepareDigit, side } from "./prepare-digit.ts";
import { loadTensorflow } from "./tensorflow.ts";
import { type TrainingResult, trainNetwork } from "./training.ts";

const predictArgs = {
  image: FileField({
    description: `A picture of one handwritten digit: PNG or JPEG, any colours, at most ${maxPixels / 1e6} megapixels and ${maxBytes / 1e6} MB`,
  }),
  top: withDefault(
    Type.Integer({ minimum: 1, maximum: digitCount, description: "How many labels to return, the likeliest first" }),
    3,
  ),
};

const trainArgs = {
  epochs: withDefault(
    Type.Integer({ minimum: 1, maximum: 1000, description: "How often to draw and learn `samples` digits" }),
    8,
  ),
  samples: withDefault(
    Type.Integer({ minimum: 10, maximum: 1_000_000, description: "Digits that are drawn for each epoch" }),
    10_000,
  ),
  learning_rate: withDefault(
    Type.Number({ minimum: 0.00001, maximum: 0.1, description: "Of the first step; it falls to 0 along a cosine" }),
    0.004,
  ),
  batch_size: withDefault(Type.Integer({ minimum: 1, maximum: 1024, description: "Digits in one step" }), 32),
  seed: withDefault(
    Type.Integer({ minimum: 0, maximum: 2_147_483_647, description: "The same seed draws the same digits" }),
    1,
  ),
};

const response = {
  status: Type.String(),
  predictions: Type.Array(Type.Object({ label: Type.String(), probability: Type.Number() })),
};

export default class Digits extends BaseModel {
  override schema = response;
  override promote = { metric: "val_accuracy", better: "higher" } as const;
  override shippedMetrics = { val_accuracy: 0.945, val_loss: 0.241 };
  #network: Network | undefined;

  override getMetadata() {
    return {
      id: "digits",
      name: "digits",
      description: "Recognises a handwritten digit on a picture. It learned from digits that it drew itself.",
      author: "deepaas for TypeScript",
      license: "Apache-2.0",
      version: "1.0.0",
    };
  }

  override getPredictArgs() {
    return predictArgs;
  }

  override getTrainArgs() {
    return trainArgs;
  }

  override async warm({ published }: WarmContext) {
    const weights = await weightsFrom(published);
    // The decoder as well as the network: the first caller should not wait for either.
    await Promise.all([import("sharp"), this.#serve(weights)]);
  }

  override async reload(published: ModelFile | undefined) {
    await this.#serve(await weightsFrom(published));
  }

  override async predict({ image, top }: Args<typeof predictArgs>) {
    const picture = await pictureFrom(image);
    // From here on nothing is awaited, so that a reload or a training between two awaits cannot change the network under this call.
    const [probabilities = []] = this.#warmNetwork().classify([picture]);
    const predictions = Array.from(probabilities, (probability, digit) => ({ label: String(digit), probability }))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, top);
    return { status: "OK", predictions };
  }

  override async train(plan: Args<typeof trainArgs>, run: TrainContext): Promise<TrainingResult> {
    const tensorflow = await loadTensorflow();
    const network = createNetwork(tensorflow, plan.seed);
    try {
      if (run.resumeFrom?.file) network.load(await run.resumeFrom.file.bytes());
      // Without a network, which is how the shipped weights are made, it starts from nothing.
      else if (this.#network) network.load(this.#network.toBytes());
      const result = await trainNetwork(tensorflow.tf, network, { plan, run });
      await run.publish(network.toBytes());
      return result;
    } finally {
      network.dispose();
    }
  }

  override close() {
    this.#network?.dispose();
    this.#network = undefined;
  }

  /** Loads and tries a new network before the old one goes, so that bad weights leave the old one serving. */
  async #serve(weights: Uint8Array) {
    const network = createNetwork(await loadTensorflow());
    try {
      network.load(weights);
      network.classify([new Float32Array(side * side)]);
    } catch (error) {
      network.dispose();
      throw error;
    }
    this.#network?.dispose();
    this.#network = network;
  }

  #warmNetwork(): Network {
    if (!this.#network) throw new DeepaasError("unavailable", "The model is not warm: its weights are not loaded.");
    return this.#network;
  }
}

function weightsFrom(published: ModelFile | undefined): Promise<Uint8Array> {
  return published ? published.bytes() : readFile(new URL("./weights.bin", import.meta.url));
}

/** The digit on it, 28 x 28. Rejects with `invalid_args` when there is none or the file is no picture. */
export async function pictureFrom(image: ModelFile): Promise<Float32Array> {
  try {
    const picture = prepareDigit(await greyImageFromBytes(await image.bytes()));
    if (!picture) throw new ImageFault("ink", "The image is blank: no digit stands out from its background.");
    return picture;
  } catch (error) {
    if (!(error instanceof ImageFault)) throw error;
    const { rule, message } = error;
    throw new DeepaasError("invalid_args", message, { issues: [{ pointer: "/image", rule, message }], cause: error });
  }
}
