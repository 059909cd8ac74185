import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { coloursOnnx } from "./colours-graph.ts";

test("the file of the template onnx is what make-colours.ts makes", async () => {
  const shipped = await readFile(new URL("../../packages/cli/templates/onnx/model.onnx", import.meta.url));
  expect(shipped.equals(coloursOnnx())).toBe(true);
});
