import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("the example of the workers README predicts in a child process, and ends", async () => {
  const example = fileURLToPath(new URL("./workers.ts", import.meta.url));
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [example], { cwd });
  expect(stdout).toBe("{ y: 0 }\n");
});
