// The kernel that TensorFlow.js's wasm backend lacks for training a convolution. The gradient of a convolution with respect to its
// filter is itself a convolution: of the input by the output's gradient, with the batch and channel axes of both swapped.

import type {
  Conv2DBackpropFilterAttrs,
  Conv2DBackpropFilterInputs,
  KernelConfig,
  Tensor4D,
} from "@tensorflow/tfjs-core";

type Core = typeof import("@tensorflow/tfjs-core");

const kernelName = "Conv2DBackpropFilter";

/** Does nothing when the backend has the kernel. Stride 1, "valid" or "same" with an odd filter, NHWC. */
export function registerConvGradient(tf: Core): void {
  if (tf.getKernel(kernelName, "wasm")) return;
  const config: KernelConfig = {
    kernelName,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) => {
      // The registry knows names and no types; these belong to the kernel's name.
      const { x, dy } = inputs as unknown as { [name in keyof Conv2DBackpropFilterInputs]: Tensor4D };
      return filterGradient(tf, { x, dy }, attrs as unknown as Conv2DBackpropFilterAttrs);
    },
  };
  tf.registerKernel(config);
}

function filterGradient(
  tf: Core,
  { x, dy }: { x: Tensor4D; dy: Tensor4D },
  attrs: Conv2DBackpropFilterAttrs,
): Tensor4D {
  const { strides, pad, dataFormat, filterShape } = attrs;
  if ([strides].flat().some((stride) => stride !== 1)) throw new Error(`${kernelName} on wasm: only stride 1.`);
  if (dataFormat !== "NHWC") throw new Error(`${kernelName} on wasm: only NHWC.`);
  const [rows, columns] = filterShape;
  if (pad !== "valid" && (pad !== "same" || rows % 2 === 0 || columns % 2 === 0)) {
    throw new Error(`${kernelName} on wasm: only "valid", or "same" with a filter of odd sides.`);
  }
  const border = (size: number): [number, number] => (pad === "same" ? [(size - 1) / 2, (size - 1) / 2] : [0, 0]);
  return tf.tidy(() => {
    const padded = pad === "same" ? tf.pad4d(x, [[0, 0], border(rows), border(columns), [0, 0]]) : x;
    const input = tf.transpose(padded, [3, 1, 2, 0]);
    const filter = tf.transpose(dy, [1, 2, 0, 3]);
    return tf.transpose(tf.conv2d(input, filter, 1, "valid"), [1, 2, 0, 3]);
  });
}
