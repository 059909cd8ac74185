import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("the examples of core's README print what their comments say", async () => {
  const file = fileURLToPath(new URL("./core.ts", import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file]);
  expect(stderr).toBe("");
  expect(stdout.trim().split("\n")).toEqual([
    "{ score: 2 }",
    "1 queued",
    "2 started",
    "3 progress",
    "4 progress",
    "5 artifact",
    "6 succeeded",
    "{ loss: 0.5 }",
    "succeeded succeeded",
  ]);
});
