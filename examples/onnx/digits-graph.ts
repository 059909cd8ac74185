// The digits example's network as an ONNX graph. TensorFlow.js keeps the channels last (NHWC), ONNX first (NCHW): the weights are
// put in that order here, once, so that nothing is transposed when the graph runs.

import { digitCount } from "../digits/network.ts";
import { side } from "../digits/prepare-digit.ts";
import { type NamedWeights, weightsFromBytes } from "../digits/weights-file.ts";
import { type OnnxNode, onnxFromGraph } from "./onnx-file.ts";

/** The names of the one input, `[batch, 1, 28, 28]`, and the one output, `[batch, 10]`. */
export const inputName = "pictures";
export const outputName = "probabilities";

const batch = "batch";

/**
 * The ONNX file of a weights file of the digits example, also of what its training publishes. Throws an `Error` that says what is
 * wrong with the weights.
 */
export function onnxFromWeights(file: Uint8Array): Uint8Array {
  const found = new Map(weightsFromBytes(file).map((weights) => [weights.name, weights]));
  const take = (name: string, rank: number): NamedWeights => {
    const weights = found.get(name);
    if (weights?.shape.length !== rank) throw new Error(`These weights are of another network: "${name}".`);
    return weights;
  };
  const filters = ["conv1", "conv2"].map((layer) => transposed(take(`${layer}.kernel`, 4), [3, 2, 0, 1]));
  const channels = filters[1]?.shape[0] ?? 0;
  return onnxFromGraph({
    name: "digits",
    inputs: [{ name: inputName, shape: [batch, 1, side, side] }],
    outputs: [{ name: outputName, shape: [batch, digitCount] }],
    weights: [
      ...filters,
      channelsFirst(take("dense1.kernel", 2), channels),
      take("dense2.kernel", 2),
      ...["conv1", "conv2", "dense1", "dense2"].map((layer) => take(`${layer}.bias`, 1)),
    ],
    nodes: [
      ...convolution("conv1", inputName),
      ...convolution("conv2", "conv1.pooled"),
      { op: "Flatten", inputs: ["conv2.pooled"], output: "flat", attributes: { axis: 1 } },
      ...dense("dense1", "flat"),
      { op: "Relu", inputs: ["dense1"], output: "dense1.relu" },
      ...dense("dense2", "dense1.relu"),
      { op: "Softmax", inputs: ["dense2"], output: outputName, attributes: { axis: 1 } },
    ],
  });
}

function convolution(layer: string, input: string): OnnxNode[] {
  return [
    { op: "Conv", inputs: [input, `${layer}.kernel`, `${layer}.bias`], output: layer },
    { op: "Relu", inputs: [layer], output: `${layer}.relu` },
    {
      op: "AveragePool",
      inputs: [`${layer}.relu`],
      output: `${layer}.pooled`,
      attributes: { kernel_shape: [2, 2], strides: [2, 2] },
    },
  ];
}

function dense(layer: string, input: string): OnnxNode[] {
  return [{ op: "Gemm", inputs: [input, `${layer}.kernel`, `${layer}.bias`], output: layer }];
}

/** The rows of the first dense layer in the order in which ONNX flattens: channel, row, column. */
function channelsFirst({ name, shape, values }: NamedWeights, channels: number): NamedWeights {
  const [rows = 0, columns = 0] = shape;
  const edge = Math.sqrt(rows / channels);
  const split = transposed({ name, shape: [edge, edge, channels, columns], values }, [2, 0, 1, 3]);
  return { ...split, shape };
}

/** The axes in another order: `order[i]` is the old axis that comes as the i-th. */
function transposed({ name, shape, values }: NamedWeights, order: readonly number[]): NamedWeights {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const to = order.map((axis) => ({ size: shape[axis] ?? 0, stride: strides[axis] ?? 0 }));
  const moved = new Float32Array(values.length);
  for (let index = 0; index < moved.length; index++) {
    let [rest, from] = [index, 0];
    for (const { size, stride } of to.toReversed()) {
      from += (rest % size) * stride;
      rest = Math.floor(rest / size);
    }
    moved[index] = values[from] ?? Number.NaN;
  }
  return { name, shape: to.map(({ size }) => size), values: moved };
}
