import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { projectModels } from "./project-models.ts";

const root = mkdtempSync(join(tmpdir(), "deepaas-project-models-"));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
function project(files: Readonly<Record<string, string>>): string {
  const folder = join(root, String(++folders));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test.each([
  ['[project]\nname = "a"\n\n[project.entry-points."deepaas.v2.model"]\ndemo = "demo.api"\n\n[tool.x]\nother = "no"\n'],
  ["[ project.entry-points.'deepaas.v2.model' ]  # models\r\n'demo' = 'demo.api' # the one\r\n"],
  ['[tool.poetry.plugins."deepaas.v2.model"]\n"demo"="demo.api"\n'],
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
    "[metadata]\nname = demo\n\n[entry_points]\ndeepaas.v2.model =\n    demo = demo.api\n    two = demo.two:model\n\nconsole_scripts =\n    x = y\n";
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

test("a project without a model, and a folder that is no project", () => {
  const folder = project({ "pyproject.toml": '[project.scripts]\n"deepaas.v2.model" = "x"\n' });
  expect(projectModels(folder)?.models.size).toBe(0);
  expect(projectModels(project({}))).toBeUndefined();
});
