// One loaded ONNX file. Nothing else imports onnxruntime-node, and this only when a file is loaded.

import { digitCount } from "../digits/network.ts";
import { side } from "../digits/prepare-digit.ts";
import { inputName, outputName } from "./digits-graph.ts";

const pixelCount = side * side;

export interface Classifier {
  /** Ten probabilities for each picture, from one run of the graph for all of them. */
  classify(pictures: readonly Float32Array[]): Promise<Float32Array[]>;
  /** Resolves once the runs that are going on have ended and the memory is free. */
  release(): Promise<void>;
}

/** Rejects with an `Error` when the file is no ONNX file, or one that does not tell digits. */
export async function loadClassifier(file: Uint8Array): Promise<Classifier> {
  const { InferenceSession, Tensor } = await import("onnxruntime-node");
  // One thread in each worker: a graph this small gains nothing from more, and workers are what makes use of more cores.
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const running = new Set<Promise<unknown>>();

  async function run(pictures: readonly Float32Array[]): Promise<Float32Array[]> {
    const flat = new Float32Array(pictures.length * pixelCount);
    for (const [index, picture] of pictures.entries()) flat.set(picture, index * pixelCount);
    // This blocks the thread until it is done, which is why the model runs in workers.
    const { [outputName]: output } = await session.run({
      [inputName]: new Tensor("float32", flat, [pictures.length, 1, side, side]),
    });
    const all = output?.data;
    if (!(all instanceof Float32Array) || all.length !== pictures.length * digitCount) {
      throw new Error(`This ONNX file is of another model: its output is ${output?.type} ${output?.dims.join(" x ")}.`);
    }
    return pictures.map((_, index) => all.slice(index * digitCount, (index + 1) * digitCount));
  }

  const classifier: Classifier = {
    classify(pictures) {
      const answer = run(pictures).finally(() => running.delete(answer));
      running.add(answer);
      return answer;
    },
    async release() {
      await Promise.allSettled(running);
      await session.release();
    },
  };
  try {
    // The first run prepares more than the later ones, and a file of another model is found out here.
    await classifier.classify([new Float32Array(pixelCount)]);
  } catch (error) {
    await classifier.release();
    throw error;
  }
  return classifier;
}
