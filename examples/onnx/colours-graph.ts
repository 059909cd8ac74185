// The network of the template `onnx` of `deepaas new`: names the nearest of eight colours, those in the corners of the RGB cube.
import { onnxFromGraph } from "./onnx-file.ts";

/** In the order of the labels in the template. */
const corners = [
  [0, 0, 0],
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
  [1, 1, 0],
  [1, 0, 1],
  [0, 1, 1],
  [1, 1, 1],
] as const;

/** How sure it is: the probability of a corner itself is 0.98. */
const sharpness = 5;

/**
 * Returns the ONNX file. The score of a corner c for a pixel x is -|x - c|² without |x|², which all corners share: 2 c·x - |c|².
 * So one linear layer measures the distances, and a softmax makes probabilities of them.
 */
export function coloursOnnx(): Uint8Array {
  const channels = [0, 1, 2] as const;
  const kernel = channels.flatMap((channel) => corners.map((corner) => 2 * sharpness * corner[channel]));
  const bias = corners.map((corner) => -sharpness * (corner[0] + corner[1] + corner[2]));
  return onnxFromGraph({
    name: "colours",
    inputs: [{ name: "pixels", shape: ["batch", channels.length] }],
    outputs: [{ name: "probabilities", shape: ["batch", corners.length] }],
    weights: [
      { name: "kernel", shape: [channels.length, corners.length], values: Float32Array.from(kernel) },
      { name: "bias", shape: [corners.length], values: Float32Array.from(bias) },
    ],
    nodes: [
      { op: "Gemm", inputs: ["pixels", "kernel", "bias"], output: "scores" },
      { op: "Softmax", inputs: ["scores"], output: "probabilities", attributes: { axis: 1 } },
    ],
  });
}
