import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { projectModels } from "./project-models.ts";

const root = mkdtempSync(join(tmpdir(), "deepaas-project-models-"));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
function project(files: Readonly<Record<string, string>>): string {
  const folder = join(root, String(++folders));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

test.each([
  ['[project]\nname = "a"\n\n[project.entry-points."deepaas.v2.model"]\ndemo = "demo.api"\n\n[tool.x]\nother = "no"\n'],
  ["[ project.entry-points.'deepaas.v2.model' ]  # models\r\n'demo' = 'demo.api' # the one\r\n"],
  ['[tool.poetry.plugins."deepaas.v2.model"]\n"demo"="demo.api"\n'],
  ['[project.entry-points]\nother = { x = "y" }\n"deepaas.v2.model" = { demo = "demo.api" }\n'],
  ['[project]\nentry-points."deepaas.v2.model" = {demo="demo.api"}\n'],
])("%j declares a model", (text) => {
  const folder = project({ "pyproject.toml": text });
  expect(projectModels(folder)).toEqual({
    file: join(folder, "pyproject.toml"),
    models: new Map([["demo", "demo.api"]]),
    roots: [folder],
  });
});

test("setup.cfg counts where pyproject.toml declares none", () => {
  const pyproject = '[build-system]\nrequires = ["pbr"]\n';
  const config =
    "[metadata]\nname = demo\n\n[entry_points]\ndeepaas.v2.model =\n    demo = demo.api\n\n    # the second\n    two = demo.two : model\n\nconsole_scripts =\n    x = y\n";
  const folder = project({ "pyproject.toml": pyproject, "setup.cfg": config });
  mkdirSync(join(folder, "src"));
  expect(projectModels(folder)).toEqual({
    file: join(folder, "setup.cfg"),
    models: new Map([
      ["demo", "demo.api"],
      ["two", "demo.two:model"],
    ]),
    roots: [join(folder, "src"), folder],
  });
});

test("an entry point on the line of its group", () => {
  const folder = project({
    "setup.cfg": "[options.entry_points]\ndeepaas.v2.model = demo = demo.api\nother =\n  x = y\n",
  });
  expect(projectModels(folder)?.models).toEqual(new Map([["demo", "demo.api"]]));
});

test.each([["demo.egg-info/entry_points.txt"], ["src/demo.egg-info/entry_points.txt"]])(
  "a project whose setup.py declares them has those of its installation in %s",
  (name) => {
    const folder = project({
      "setup.py": "",
      [name]: "[console_scripts]\nx = y\n\n[deepaas.v2.model]\ndemo = demo.api\n\n[other]\nz = z\n",
    });
    expect(projectModels(folder)).toMatchObject({
      file: join(folder, name),
      models: new Map([["demo", "demo.api"]]),
    });
  },
);

test("a project without a model, and a folder that is no project", () => {
  const folder = project({ "pyproject.toml": '[project.scripts]\n"deepaas.v2.model" = "x"\n' });
  expect(projectModels(folder)?.models.size).toBe(0);
  expect(projectModels(project({}))).toBeUndefined();
});
