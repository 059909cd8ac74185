// The ONNX example in one worker, with batching and without.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createHost } from "@deepaas/core";
import { workers } from "@deepaas/workers";
import type { Measured } from "./bench-case.ts";

const examples = new URL("../examples/", import.meta.url);

/** What a caller sends. */
export const inputs = {
  /** A prepared digit: 784 numbers, most of them 0, the others of 8 bits. */
  pixels: async () => ({
    pixels: Array.from({ length: 784 }, (_, i) => (i % 5 === 0 ? ((i * 37) % 256) / 255 : 0)),
  }),
  /** A picture of 200 x 200 pixels, which the model decodes and in which it looks for the digit. */
  picture: async () => ({ image: await readFile(new URL("digits/7.png", examples)) }),
};

export interface OnnxLoad {
  readonly input: keyof typeof inputs;
  readonly maxBatch: number;
  readonly callers: number;
  readonly calls: number;
}

/** Calls per second of callers that each call again as soon as they have their answer. */
export async function onnxRate({ input, maxBatch, callers, calls }: OnnxLoad): Promise<Measured> {
  const executor = workers({ module: fileURLToPath(new URL("onnx/onnx.ts", examples)), predict: 1 });
  let batches = 0;
  const batch = () => {
    batches++;
    return undefined;
  };
  await using host = await createHost({ executor, limits: { maxBatch }, observer: { batch } });
  const args = await inputs[input]();
  const drive = async (count: number) => {
    let left = count;
    await Promise.all(
      Array.from({ length: callers }, async () => {
        while (left-- > 0) await host.predict("onnx", args);
      }),
    );
  };
  await drive(calls);
  batches = 0;
  const startedAt = performance.now();
  await drive(calls);
  const figure = (calls * 1000) / (performance.now() - startedAt);
  return { figure, also: { "calls/execution": calls / (batches || calls) } };
}
