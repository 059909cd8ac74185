// The template `onnx` of `deepaas new`, with the onnxruntime of this example: the same code as in a project.
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

const cli = fileURLToPath(new URL("../../packages/cli", import.meta.url));
const manifestIn = (folder: string) =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, unknown>;

test("its tests pass", { timeout: 60_000 }, async () => {
  // Here, so that Node.js finds the packages.
  const folder = mkdtempSync(join(import.meta.dirname, "template-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(join(cli, "templates", "onnx"), folder, { recursive: true });
  // Without the runner's own variables, which another runner understands in its way.
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined, NODE_OPTIONS: undefined };
  const { stdout } = await promisify(execFile)(process.execPath, ["--test", "--test-reporter=tap"], {
    cwd: folder,
    env,
  });
  expect(stdout).toMatch(/^# pass 2$/m);
  expect(stdout).toMatch(/^# fail 0$/m);
});

test("a project gets the version with which it was tested", () => {
  const { version } = manifestIn(join(import.meta.dirname, "node_modules", "onnxruntime-node"));
  expect(manifestIn(cli).templateDependencies).toEqual({ "onnxruntime-node": version });
});
