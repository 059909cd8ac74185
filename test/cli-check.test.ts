// `deepaas check` as a process: its output, its exit codes, and that nothing of it is left.
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { helloModule, runDeepaas, startDeepaas } from "./support/deepaas.ts";
import { tempFolder } from "./support/temp-folder.ts";

const models = {
  "sound.mjs": `
export const getMetadata = () => ({ description: "d", author: "a", license: "MIT" });
export const getPredictArgs = () => ({ n: { type: "integer", maximum: 5 }, file: { type: "string", format: "binary", required: false } });
export const schema = { n: { type: "integer" }, text: { type: ["string", "null"] } };
export const predict = async ({ n, file }) => ({ n, text: file ? await file.text() : null });
`,
  "unlicensed.mjs": `
export const getMetadata = () => ({ description: "d", author: "a" });
export const predict = () => 1;
`,
  "faulty.mjs": "export const predict = () => { throw new Error('line one\\nline two'); };",
  "given.txt": "given",
  "args.json": '{"n":1,"file":"given.txt"}',
};

test("a model without faults: a table on stdout, exit code 0", async () => {
  using folder = tempFolder(models);
  const { code, stdout, stderr } = await runDeepaas(["check", "sound.mjs", "--strict"], { cwd: folder.path });
  expect([code, stderr]).toEqual([0, ""]);
  const lines = stdout.trimEnd().split("\n");
  expect(lines[0]).toMatch(/^Result +Check +Place +Finding$/);
  expect(lines.at(-1)).toBe("0 errors, 0 warnings");
  expect(lines.slice(1, -1).every((line) => /^(?:ok|skipped) /.test(line))).toBe(true);
});

test("a warning is an error only with --strict", async () => {
  using folder = tempFolder(models);
  const run = (...options: string[]) => runDeepaas(["check", "a=unlicensed.mjs", ...options], { cwd: folder.path });
  const [plain, strict] = await Promise.all([run(), run("--strict")]);
  expect([plain.code, strict.code]).toEqual([0, 1]);
  expect(plain.stdout).toMatch(/^warning +metadata +getMetadata \/license +the model has no license; /m);
});

test("an error is exit code 1; --json prints one object", async () => {
  using folder = tempFolder(models);
  const { code, stdout, stderr } = await runDeepaas(["check", "faulty.mjs", "--json"], { cwd: folder.path });
  expect([code, stderr]).toEqual([1, ""]);
  const report = JSON.parse(stdout) as { readonly checks: readonly object[] };
  expect(report).toMatchObject({ model: "faulty", module: "faulty.mjs", ok: false, errors: 1 });
  expect(report.checks).toContainEqual({
    check: "predict",
    status: "error",
    place: "predict",
    message: "failed with the example arguments: line one (faulty.mjs:1)",
    hint: expect.stringContaining("invalid_args"),
  });
});

test("a file that is given is read from its path", async () => {
  using folder = tempFolder(models);
  const run = (args: string) => runDeepaas(["check", "sound.mjs", "--args", args], { cwd: folder.path });
  expect((await run('{"n":1,"file":"@given.txt"}')).code).toBe(0);
  expect((await run("@args.json")).code).toBe(0);
  expect(await run('{"n":1,"file":"gone.txt"}')).toMatchObject({
    code: 2,
    stderr: "deepaas: --args: there is no file gone.txt\n",
  });
});

test.each<[string, readonly string[], string]>([
  ["no model", [], "there is no model here"],
  ["two models", ["a.mjs", "b.mjs"], "too many arguments"],
  ["arguments that are not JSON", ["sound.mjs", "--args", "{n:1}"], "Must be JSON"],
  ["arguments in a file that does not exist", ["sound.mjs", "--args", "@gone.json"], "Must be JSON: ENOENT"],
  ["arguments that are a list", ["sound.mjs", "--args", "[1]"], "Must be a JSON object"],
  ["arguments that the schema refuses", ["sound.mjs", "--args", '{"n":6}'], "--args: /n: "],
  ["no time", ["sound.mjs", "--timeout", "0"], "Must be a number greater than 0"],
  ["an unknown option", ["sound.mjs", "--quick"], "unknown option '--quick'"],
  ["a name that is none", ["a b.mjs"], '"a b" cannot be a model\'s name'],
])("%s is wrong usage: exit code 2", async (_, args, line) => {
  using folder = tempFolder(models);
  const { code, stdout, stderr } = await runDeepaas(["check", ...args], { cwd: folder.path });
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("deepaas: ");
  expect(stderr).toContain(line);
});

test("a module that does not exist is an error of the import", async () => {
  const { code, stdout } = await runDeepaas(["check", "gone.ts"]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^error +import +gone\.ts: no such file; /m);
});

test.skipIf(process.platform === "win32").each(["SIGKILL", "SIGTERM", "SIGINT"] as const)(
  "%s ends the command and the process of a model that blocks",
  async (signal) => {
    using folder = tempFolder({
      "blocks.mjs": `
import { writeFileSync } from "node:fs";
export function warm() { writeFileSync("is-warming", ""); for (;;); }
export const predict = () => 1;
`,
    });
    await using running = startDeepaas(["check", "blocks.mjs"], { cwd: folder.path });
    await expect.poll(() => existsSync(`${folder.path}/is-warming`)).toBe(true);
    running.child.kill(signal);
    expect((await running.ended).signal).toBe(signal);
    await expect.poll(() => running.processes()).toEqual([]);
  },
);

test("the example is without errors", async () => {
  const { code, stdout } = await runDeepaas(["check", helloModule]);
  expect([code, stdout]).toEqual([0, expect.stringContaining("\n0 errors, ")]);
});
