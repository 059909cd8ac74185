// Measures the ONNX example in one worker.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createHost } from "@deepaas/core";
import { workers } from "@deepaas/workers";
import { type Measured, microsecondsPerCall } from "./bench-case.ts";

const examples = new URL("../examples/", import.meta.url);

/** The arguments of a call. */
const inputs = {
  /** A prepared digit: 784 numbers, most of them 0. */
  pixels: async () => ({
    pixels: Array.from({ length: 784 }, (_, i) => (i % 5 === 0 ? ((i * 37) % 256) / 255 : 0)),
  }),
  /** A picture of 200 x 200 pixels, which the model decodes and prepares. */
  picture: async () => ({ image: await readFile(new URL("digits/7.png", examples)) }),
};

export interface OnnxLoad {
  readonly input: keyof typeof inputs;
  readonly maxBatch: number;
  readonly callers: number;
  /** Number of calls in one timing. */
  readonly calls: number;
}

/** Returns the calls per second of callers, each of which calls again as soon as it has its response. */
export async function onnxRate({ input, maxBatch, callers, calls }: OnnxLoad): Promise<Measured> {
  const executor = workers({ module: fileURLToPath(new URL("onnx/onnx.ts", examples)), predict: 1 });
  const sizes: number[] = [];
  const execute = ({ size }: { readonly size: number }) => {
    sizes.push(size);
    return undefined;
  };
  await using host = await createHost({ executor, limits: { maxBatch }, observer: { execute } });
  const args = await inputs[input]();
  const perCall = await microsecondsPerCall(calls, async (count) => {
    let left = count;
    await Promise.all(
      Array.from({ length: callers }, async () => {
        while (left-- > 0) await host.predict("onnx", args);
      }),
    );
  });
  // With maxBatch 1 the observer sees no batches.
  const batched = sizes.reduce((sum, size) => sum + size, 0);
  return { figure: 1e6 / perCall, also: { "calls/run": sizes.length > 0 ? batched / sizes.length : 1 } };
}
