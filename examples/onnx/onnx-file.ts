// Writes a graph as an ONNX file: Protocol Buffers, with the messages of onnx.proto.

import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";

/** Operator set 13 of ONNX, which every onnxruntime since 1.5 runs, and the version of the file format that came with it. */
const opset = 13;
const irVersion = 7;
/** Numbers of the specification. */
const float32 = 1;
const [intAttribute, intsAttribute] = [2, 7];

export interface OnnxNode {
  /** Of the specification: "Conv", "Gemm". */
  readonly op: string;
  readonly inputs: readonly string[];
  /** Also the name of the node. */
  readonly output: string;
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What goes in or comes out, of float32; a size that is a name is free. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly name: string;
  /** In an order in which each node's inputs are there before it. */
  readonly nodes: readonly OnnxNode[];
  readonly weights: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** The same graph gives the same bytes. */
export function onnxFromGraph({ name, nodes, weights, inputs, outputs }: OnnxGraph): Uint8Array {
  const root = new protobuf.Root().loadSync(fileURLToPath(new URL("./onnx.proto", import.meta.url)), {
    keepCase: true,
  });
  const type = root.lookupType("onnx.ModelProto");
  const model = {
    ir_version: irVersion,
    producer_name: "deepaas-example-onnx",
    opset_import: [{ version: opset }],
    graph: {
      name,
      node: nodes.map(toNode),
      initializer: weights.map(toTensor),
      input: inputs.map(toValue),
      output: outputs.map(toValue),
    },
  };
  // The writer takes what it is given: a misspelt field would be left out without a word.
  const fault = type.verify(model);
  if (fault) throw new Error(`This graph cannot be written: ${fault}.`);
  return type.encode(type.create(model)).finish();
}

function toNode({ op, inputs, output, attributes = {} }: OnnxNode) {
  return {
    name: output,
    op_type: op,
    input: inputs,
    output: [output],
    attribute: Object.entries(attributes).map(([name, value]) =>
      typeof value === "number"
        ? { name, type: intAttribute, i: value }
        : { name, type: intsAttribute, ints: [...value] },
    ),
  };
}

function toTensor({ name, shape, values }: OnnxTensor) {
  const bytes = new Uint8Array(values.byteLength);
  const view = new DataView(bytes.buffer);
  // Little-endian in the file, whatever this machine is.
  for (const [index, value] of values.entries()) view.setFloat32(4 * index, value, true);
  return { name, dims: shape, data_type: float32, raw_data: bytes };
}

function toValue({ name, shape }: OnnxValue) {
  const dim = shape.map((size) => (typeof size === "string" ? { dim_param: size } : { dim_value: size }));
  return { name, type: { tensor_type: { elem_type: float32, shape: { dim } } } };
}
