import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CliError } from "../cli-error.ts";
import { newProject } from "./new-project.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "deepaas-new-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const common = [".gitignore", "README.md", "package.json", "src/model.test.ts", "src/model.ts", "tsconfig.json"];
const templates = [
  ["hello", common],
  ["onnx", [...common, ".npmrc", "model.onnx"]],
  ["tfjs", [...common, "src/network.ts", "src/points.ts"]],
] as const;

function filesIn(path: string): string[] {
  const all = readdirSync(path, { recursive: true, encoding: "utf8" });
  return all.filter((file) => statSync(join(path, file)).isFile()).sort();
}

describe.each(templates)("a project from the template %s", (template, files) => {
  const make = (name: string) => {
    const dir = join(folder, name);
    const made = newProject(dir, template);
    return { dir, made, read: (file: string) => readFileSync(join(dir, file), "utf8") };
  };

  test("has the files of the template", () => {
    const { dir, made } = make("one");
    expect(filesIn(dir)).toEqual([...files].sort());
    expect([...made.files].sort()).toEqual([...files].sort());
  });

  test("has the name of its folder, and nowhere that of the template", () => {
    const { made, read } = make("Price Model");
    expect(made.name).toBe("price-model");
    const manifest = JSON.parse(read("package.json"));
    expect(manifest).toMatchObject({
      name: "price-model",
      private: true,
      deepaas: { models: { "price-model": "./src/model.ts" } },
    });
    for (const file of made.files) if (file !== "model.onnx") expect([file, read(file)]).not.toContain("my-model");
    expect(read("README.md")).toContain("/v2/models/price-model/predict/");
  });

  test("depends on versions, all of them known", () => {
    const { dependencies, devDependencies } = JSON.parse(make("one").read("package.json"));
    expect(Object.keys(dependencies)).toEqual(expect.arrayContaining(["@deepaas/cli", "@deepaas/core"]));
    for (const range of Object.values({ ...dependencies, ...devDependencies })) {
      expect(range).toMatch(/^\^?\d+\.\d+\.\d+$/);
    }
  });

  test("has the same settings as the others", () => {
    const { read } = make("one");
    newProject(join(folder, "hello"), "hello");
    for (const file of ["tsconfig.json", ".gitignore"]) {
      expect(read(file)).toBe(readFileSync(join(folder, "hello", file), "utf8"));
    }
  });
});

/** The error of making a project in a folder of this name. */
function refusal(name: string): CliError {
  try {
    newProject(join(folder, name), "hello");
  } catch (error) {
    expect(error).toBeInstanceOf(CliError);
    return error as CliError;
  }
  throw new Error("it was not refused");
}

test("a folder that is not empty is refused, and nothing is written", () => {
  writeFileSync(join(folder, "notes.txt"), "mine");
  expect(refusal(".")).toMatchObject({
    code: "failed_precondition",
    message: expect.stringMatching(/ is not empty$/),
    hint: expect.stringContaining("deepaas new <dir>"),
  });
  expect(filesIn(folder)).toEqual(["notes.txt"]);
});

test("a file in the place of the folder is refused", () => {
  writeFileSync(join(folder, "taken"), "mine");
  expect(refusal("taken")).toMatchObject({
    code: "failed_precondition",
    message: expect.stringMatching(/ not a folder$/),
  });
  expect(readFileSync(join(folder, "taken"), "utf8")).toBe("mine");
});

test("a folder below a file is refused", () => {
  writeFileSync(join(folder, "taken"), "mine");
  expect(refusal("taken/below").message).toMatch(/cannot be written: /);
});

test("an empty folder is taken, also one that git knows", () => {
  mkdirSync(join(folder, "clone/.git"), { recursive: true });
  expect(newProject(join(folder, "clone"), "hello").name).toBe("clone");
});
