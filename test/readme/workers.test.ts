import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("the example of the workers README predicts in a child process, and ends", async () => {
  const cwd = join(import.meta.dirname, "../..");
  const { stdout } = await promisify(execFile)(process.execPath, ["test/readme/workers.ts"], { cwd });
  expect(stdout).toBe("{ y: 0 }\n");
});
