// Makes the ONNX file of the template `onnx` of `deepaas new`: node examples/onnx/make-colours.ts
import { writeFile } from "node:fs/promises";
import { coloursOnnx } from "./colours-graph.ts";

await writeFile(new URL("../../packages/cli/templates/onnx/model.onnx", import.meta.url), coloursOnnx());
