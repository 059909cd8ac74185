// Recognises handwritten digits with an ONNX model, many calls in one run of it. Serve it with: deepaas run examples/onnx/onnx.ts

import { readFile } from "node:fs/promises";
import {
  type Args,
  BaseModel,
  DeepaasError,
  FileField,
  type ModelFile,
  modelFile,
  type TrainContext,
  Type,
  type WarmContext,
  withDefault,
} from "@deepaas/core";
import Digits, { pictureFrom } from "../digits/digits.ts";
import { digitCount } from "../digits/network.ts";
import { side } from "../digits/prepare-digit.ts";
import { type Classifier, loadClassifier } from "./classifier.ts";
import { onnxFromWeights } from "./digits-graph.ts";

const predictArgs = {
  image: Type.Optional(FileField({ description: "A picture of one handwritten digit: PNG or JPEG, any colours" })),
  pixels: Type.Optional(
    Type.Array(Type.Number({ minimum: 0, maximum: 1 }), {
      minItems: side * side,
      maxItems: side * side,
      description: `In place of \`image\`, for who has prepared the digit already: ${side} rows of ${side} pixels, 0 paper to 1 ink`,
    }),
  ),
  top: withDefault(
    Type.Integer({ minimum: 1, maximum: digitCount, description: "How many labels to return, the likeliest first" }),
    3,
  ),
};

type PredictArgs = Args<typeof predictArgs>;

const response = {
  status: Type.String(),
  predictions: Type.Array(Type.Object({ label: Type.String(), probability: Type.Number() })),
};

export default class Onnx extends BaseModel {
  override schema = response;
  // Only its training is used, and that loads TensorFlow.js when it begins: to serve, ONNX is enough.
  readonly #digits = new Digits();
  #classifier: Classifier | undefined;

  override getMetadata() {
    return {
      id: "onnx",
      name: "onnx",
      description: "Recognises a handwritten digit on a picture, with the digits example's network as an ONNX model.",
      author: "deepaas for TypeScript",
      license: "Apache-2.0",
      version: "1.0.0",
    };
  }

  override getPredictArgs() {
    return predictArgs;
  }

  override getTrainArgs() {
    return this.#digits.getTrainArgs();
  }

  override async warm({ published }: WarmContext) {
    const file = published ? await published.bytes() : await this.shippedFile();
    // The decoder as well as the model: the first caller should not wait for either.
    await Promise.all([import("sharp"), this.#serve(file)]);
  }

  override async reload(published: ModelFile) {
    await this.#serve(await published.bytes());
  }

  override async predict(args: PredictArgs) {
    const [answer] = await this.predictBatch([args]);
    if (!answer || answer instanceof Error) throw answer;
    return answer;
  }

  // #region batch
  override async predictBatch(calls: readonly PredictArgs[]) {
    // A picture that cannot be read fails its own call, not those that share the batch with it.
    const pictures = await Promise.all(calls.map((args) => pictureOf(args).catch((fault: Error) => fault)));
    const readable = pictures.filter((picture) => picture instanceof Float32Array);
    const answers = readable.length > 0 ? await this.#warmClassifier().classify(readable) : [];
    let next = 0;
    return pictures.map((picture, index) =>
      picture instanceof Error ? picture : toAnswer(answers[next++] ?? [], calls[index]?.top),
    );
  }
  // #endregion batch

  /** Trains as the digits example does, and publishes the result as an ONNX file. */
  override train(plan: Args<ReturnType<Digits["getTrainArgs"]>>, run: TrainContext) {
    return this.#digits.train(plan, {
      runId: run.runId,
      caller: run.caller,
      attempt: run.attempt,
      signal: run.signal,
      resumeFrom: run.resumeFrom,
      report: (progress) => run.report(progress),
      log: (text, level) => run.log(text, level),
      checkpoint: (checkpoint) => run.checkpoint(checkpoint),
      artifact: (name, file, options) => run.artifact(name, file, options),
      publish: async (weights) => run.publish(onnxFromWeights(await modelFile(weights).bytes())),
    });
  }

  override async close() {
    await this.#classifier?.release();
    this.#classifier = undefined;
  }

  protected shippedFile(): Promise<Uint8Array> {
    return readFile(new URL("./digits.onnx", import.meta.url));
  }

  /** Loads and tries a new model before the old one goes, so that a bad file leaves the old one serving. */
  async #serve(file: Uint8Array) {
    const before = this.#classifier;
    this.#classifier = await loadClassifier(file);
    await before?.release();
  }

  #warmClassifier(): Classifier {
    if (!this.#classifier) throw new DeepaasError("unavailable", "The model is not warm: no ONNX file is loaded.");
    return this.#classifier;
  }
}

async function pictureOf({ image, pixels }: PredictArgs): Promise<Float32Array> {
  if (image && !pixels) return pictureFrom(image);
  if (pixels && !image) return Float32Array.from(pixels);
  const message = "Give the digit either as an image or as pixels.";
  throw new DeepaasError("invalid_args", message, { issues: [{ pointer: "", rule: "oneOf", message }] });
}

function toAnswer(probabilities: ArrayLike<number>, top: number | undefined) {
  const predictions = Array.from(probabilities, (probability, digit) => ({ label: String(digit), probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, top);
  return { status: "OK", predictions };
}
