import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("a suite can be registered with node:test, and skipped cases show their reason", async () => {
  const file = new URL("testing/store-with-node-test.ts", import.meta.url).pathname;
  // Without the variables that vitest sets for its child processes.
  const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, ["--test", "--test-reporter=tap", file], { env });
  expect(stdout).toMatch(/# fail 0/);
  expect(stdout).toMatch(/# SKIP it ends with its process/);
  expect(stdout).toMatch(/# SKIP it keeps every event/);
});
