import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { newCommand } from "./new-command.ts";

let folder: string;
let output: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "deepaas-new-"));
  output = "";
  vi.spyOn(process, "cwd").mockReturnValue(folder);
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    output += stripVTControlCharacters(String(text));
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Runs the command in the empty folder. Returns what it prints. */
async function printed(...args: readonly string[]): Promise<string> {
  const command = newCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  await command.parseAsync([...args], { from: "user" });
  return output;
}

test("without arguments it makes my-model from hello, and prints three commands", async () => {
  expect(await printed()).toBe(
    "made my-model from the template hello: 6 files\n\n  cd my-model\n  npm install\n  npm start\n",
  );
  expect(existsSync(join(folder, "my-model/src/model.ts"))).toBe(true);
});

test("in the folder where one is, no change of the folder is asked for", async () => {
  expect(await printed(".")).toMatch(/files\n\n {2}npm install\n {2}npm start\n$/);
});

test("a folder with a blank is one word of the shell", async () => {
  expect(await printed("my first")).toContain("\n  cd 'my first'\n");
});

test("--template names the template", async () => {
  await printed("net", "--template", "tfjs");
  expect(readFileSync(join(folder, "net/package.json"), "utf8")).toContain("@tensorflow/tfjs-core");
});

test("an unknown template is refused with the known ones, and nothing is made", async () => {
  await expect(printed("--template", "torch")).rejects.toThrow(/Allowed choices are hello, onnx, tfjs/);
  expect(existsSync(join(folder, "my-model"))).toBe(false);
});

test("--list prints the templates, and makes nothing", async () => {
  expect((await printed("--list")).split("\n").map((line) => line.split(" ")[0])).toEqual([
    "hello",
    "onnx",
    "tfjs",
    "",
  ]);
  expect(existsSync(join(folder, "my-model"))).toBe(false);
});
