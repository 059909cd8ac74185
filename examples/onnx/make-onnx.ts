// Makes digits.onnx from the weights that the digits example's training made: node examples/onnx/make-onnx.ts

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { onnxFromWeights } from "./digits-graph.ts";

const { values } = parseArgs({
  options: {
    weights: {
      type: "string",
      default: fileURLToPath(new URL("../digits/weights.bin", import.meta.url)),
    },
    out: { type: "string", default: fileURLToPath(new URL("./digits.onnx", import.meta.url)) },
  },
});
const file = onnxFromWeights(await readFile(values.weights));
await writeFile(values.out, file);
console.log(`${values.out}: ${file.length} bytes`);
