// The templates where they are, with what this package depends on: the same code as in a project.
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { type TemplateName, templateFolder, templates } from "./templates.ts";

const names = Object.keys(templates) as TemplateName[];

test("every folder of a template is listed", () => {
  expect(readdirSync(join(templateFolder("hello"), ".."))).toEqual(names.sort());
});

// The example that has onnxruntime runs those of onnx.
test.each(names.filter((name) => name !== "onnx"))(
  "the tests of the template %s pass",
  { timeout: 60_000 },
  async (name) => {
    // Without the runner's own variables, which another runner understands in its way.
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined, NODE_OPTIONS: undefined };
    const args = ["--test", "--test-reporter=tap"];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: templateFolder(name), env });
    expect(stdout).toMatch(/^# pass 2$/m);
    expect(stdout).toMatch(/^# fail 0$/m);
  },
);
