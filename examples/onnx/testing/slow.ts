// The example with a graph that takes minutes for a picture full of ink, in one call into onnxruntime, and nothing for a blank one.
import { inputName, outputName } from "../digits-graph.ts";
import Onnx from "../onnx.ts";
import { onnxFromGraph } from "../onnx-file.ts";

/** A product of two square matrices of this side takes half a second on one core. */
const side = 2500;
const products = Array.from({ length: 400 }, (_, index) => `product${index}`);
const floatToInt = 7;

export default class Slow extends Onnx {
  protected override async shippedFile() {
    return onnxFromGraph({
      name: "slow",
      inputs: [{ name: inputName, shape: ["batch", 1, 28, 28] }],
      outputs: [{ name: outputName, shape: ["batch", 10] }],
      weights: [
        { name: "side", shape: [1], values: Float32Array.of(side) },
        { name: "one", shape: [1], values: Float32Array.of(1) },
        { name: "zero", shape: [1, 1], values: new Float32Array(1) },
        { name: "zeros", shape: [1, 10], values: new Float32Array(10) },
      ],
      nodes: [
        // The most ink that a pixel has makes the size of a matrix, so that nothing is computed before there is a picture.
        { op: "ReduceMax", inputs: [inputName], output: "columns", attributes: { axes: [0, 1, 2], keepdims: 0 } },
        { op: "ReduceMax", inputs: ["columns"], output: "ink", attributes: { axes: [0], keepdims: 1 } },
        { op: "Mul", inputs: ["ink", "side"], output: "size" },
        { op: "Add", inputs: ["size", "one"], output: "sizeOfAtLeastOne" },
        { op: "Cast", inputs: ["sizeOfAtLeastOne"], output: "edge", attributes: { to: floatToInt } },
        { op: "Concat", inputs: ["edge", "edge"], output: "square", attributes: { axis: 0 } },
        { op: "Expand", inputs: ["zero", "square"], output: "matrix" },
        ...products.map((output, index) => ({
          op: "MatMul",
          inputs: [products[index - 1] ?? "matrix", "matrix"],
          output,
        })),
        {
          op: "ReduceMax",
          inputs: [products.at(-1) ?? ""],
          output: "nothing",
          attributes: { axes: [0, 1], keepdims: 1 },
        },
        // As many rows as there are pictures, each with ten equal probabilities.
        {
          op: "ReduceMean",
          inputs: [inputName],
          output: "mean",
          attributes: { axes: [2, 3], keepdims: 0 },
        },
        { op: "MatMul", inputs: ["mean", "zeros"], output: "rows" },
        { op: "Add", inputs: ["rows", "nothing"], output: "scores" },
        { op: "Softmax", inputs: ["scores"], output: outputName, attributes: { axis: 1 } },
      ],
    });
  }
}
