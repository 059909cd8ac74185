import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { findPython, PythonNotFoundError } from "./find-python.ts";
import { pythonProgram } from "./python-program.ts";

const root = mkdtempSync(join(tmpdir(), "deepaas-find-python-"));
afterAll(() => rmSync(root, { recursive: true }));

/** Returns the path of a program that can be run. */
function program(path: string, text = "#!/bin/sh\n"): string {
  const whole = join(root, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, text);
  chmodSync(whole, 0o755);
  return whole;
}

const onPath = program("path/python3");
const env = { PATH: `/nowhere:${join(root, "path")}` };
const named = program("named/python3.11");
const active = program("active/bin/python");
const conda = program("conda/bin/python");
const project = join(root, "project");
const dotVenv = program("project/.venv/bin/python");
program("project/pyproject.toml", "");
program("project/pkg/model.py", "");
const venv = program("other/venv/bin/python");
const old = program("old/.venv/bin/python");
program("old/setup.cfg", "");

test.each<[string, Parameters<typeof findPython>[0], string, string]>([
  ["the option", { python: named, env: { ...env, DEEPAAS_PYTHON: active } }, named, "the option python"],
  ["a folder as the option", { python: join(root, "active"), env }, active, "the option python"],
  ["a name as the option", { python: "python3", env }, onPath, "the option python"],
  [
    "DEEPAAS_PYTHON",
    { env: { ...env, DEEPAAS_PYTHON: named, VIRTUAL_ENV: join(root, "active") } },
    named,
    "DEEPAAS_PYTHON",
  ],
  [
    "VIRTUAL_ENV",
    { env: { ...env, VIRTUAL_ENV: join(root, "active"), CONDA_PREFIX: join(root, "conda") }, folder: project },
    active,
    "VIRTUAL_ENV",
  ],
  ["CONDA_PREFIX", { env: { ...env, CONDA_PREFIX: join(root, "conda") }, folder: project }, conda, "CONDA_PREFIX"],
  [".venv above the module", { env, folder: join(project, "pkg") }, dotVenv, join(project, ".venv")],
  [".venv beside setup.cfg", { env, folder: join(root, "old/pkg") }, old, join(root, "old/.venv")],
  ["venv beside the module", { env, folder: join(root, "other") }, venv, join(root, "other/venv")],
  ["no environment above a module outside of a project", { env, folder: join(root, "other/venv/lib") }, onPath, "PATH"],
  ["PATH", { env }, onPath, "PATH"],
])("%s", (_, place, path, from) => {
  expect(findPython(place)).toEqual({ path, from });
});

test("the environment of uv is asked for, without a change of it", () => {
  const folder = join(root, "locked");
  program("locked/pyproject.toml", "");
  program("locked/uv.lock", "");
  program("uv/uv", `#!/bin/sh\n[ "$1 $2 $3" = "run --no-sync python" ] && echo "${named}"\n`);
  const before = process.env.PATH;
  process.env.PATH = `${join(root, "uv")}:${before}`;
  try {
    expect(findPython({ folder, env })).toEqual({ path: named, from: join(folder, "uv.lock") });
    program("uv/uv", "#!/bin/sh\nexit 2\n");
    expect(() => findPython({ folder, env })).toThrow(/uv\.lock is for uv, which failed: /);
  } finally {
    process.env.PATH = before;
  }
});

test("what is not there is said in one line", () => {
  const broken = join(root, "broken");
  mkdirSync(join(broken, ".venv/bin"), { recursive: true });
  writeFileSync(join(broken, ".venv/pyvenv.cfg"), "");
  symlinkSync("/nowhere/python", join(broken, ".venv/bin/python"));
  const fails = (place: Parameters<typeof findPython>[0]) => {
    try {
      return findPython(place);
    } catch (error) {
      expect(error).toBeInstanceOf(PythonNotFoundError);
      return (error as Error).message;
    }
  };
  expect(fails({ folder: broken, env })).toBe(
    `the virtual environment ${join(broken, ".venv")} is broken: ${join(broken, ".venv/bin/python")} cannot be run; make it again, or pass another Python`,
  );
  expect(fails({ env: { ...env, VIRTUAL_ENV: "/gone" } })).toContain(
    "the virtual environment /gone (VIRTUAL_ENV) is broken",
  );
  expect(fails({ python: "python9", env })).toBe("the option python names python9, which is not on PATH");
  expect(fails({ env: { DEEPAAS_PYTHON: "/nowhere/python" } })).toBe(
    "DEEPAAS_PYTHON names /nowhere/python, which cannot be run",
  );
  expect(fails({ env: { PATH: "/nowhere" } })).toMatch(/^there is no Python: looked for [^\n]*$/);
});

test("the folder of the worker is the last on PYTHONPATH, and what a user has there stays", () => {
  expect(pythonProgram("/p", { PYTHONPATH: "/mine" }).env.PYTHONPATH).toMatch(
    /^\/mine:\/.*\/packages\/python\/python$/,
  );
  expect(pythonProgram("/p", {}).env.PYTHONPATH).toMatch(/^\/[^:]*$/);
});

test("a model finds the programs of its environment, as after its activation", () => {
  program("other/venv/pyvenv.cfg", "");
  mkdirSync(join(root, "conda/conda-meta"));
  const of = (python: string, path?: string) => pythonProgram(python, path === undefined ? {} : { PATH: path }).env;
  expect(of(venv, "/usr/bin")).toMatchObject({
    PATH: `${dirname(venv)}:/usr/bin`,
    VIRTUAL_ENV: join(root, "other/venv"),
  });
  expect(of(venv).PATH).toBe(dirname(venv));
  expect(of(conda, "/usr/bin")).toMatchObject({ PATH: `${dirname(conda)}:/usr/bin` });
  for (const python of [conda, onPath]) expect(of(python, "/usr/bin")).not.toHaveProperty("VIRTUAL_ENV");
  expect(of(onPath, "/usr/bin")).not.toHaveProperty("PATH");
});
