// Finds the Python of a model: named, active, beside the model, or that of the system.
import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { projectFiles } from "./project-models.ts";

export interface PythonPlace {
  /** As the option `--python`: the path or the name of a program, or the folder of a virtual environment. */
  readonly python?: string | undefined;
  /** The folder of the model: environments are searched there, and above up to its `pyproject.toml`, `setup.cfg` or `setup.py`. Default: nowhere. */
  readonly folder?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface FoundPython {
  readonly path: string;
  /** Why this one, such as `VIRTUAL_ENV`. */
  readonly from: string;
}

/** The message is one line. */
export class PythonNotFoundError extends Error {}

/**
 * Returns the first that exists: `python`, `DEEPAAS_PYTHON`, `VIRTUAL_ENV`, `CONDA_PREFIX`, `.venv` or `venv` beside the model,
 * the environment of uv where there is a `uv.lock`, `python3`, `python`. Throws `PythonNotFoundError` if there is none, or if an
 * environment has no Python that can be run.
 */
export function findPython({ python, folder, env = process.env }: PythonPlace = {}): FoundPython {
  if (python !== undefined) return named(python, "the option python", env);
  if (env.DEEPAAS_PYTHON) return named(env.DEEPAAS_PYTHON, "DEEPAAS_PYTHON", env);
  for (const variable of ["VIRTUAL_ENV", "CONDA_PREFIX"]) {
    const path = env[variable];
    if (path) return inEnvironment(path, variable);
  }
  const folders = folder === undefined ? [] : foldersToProject(resolve(folder));
  for (const one of folders) {
    for (const name of [".venv", "venv"]) {
      const path = join(one, name);
      if (isEnvironment(path)) return inEnvironment(path, path);
    }
  }
  const locked = folders.find((one) => existsSync(join(one, "uv.lock")));
  if (locked !== undefined) return ofUv(locked);
  for (const name of ["python3", "python"]) {
    const path = onPath(name, env);
    if (path !== undefined) return { path, from: "PATH" };
  }
  throw new PythonNotFoundError(
    "there is no Python: looked for DEEPAAS_PYTHON, VIRTUAL_ENV, CONDA_PREFIX, .venv, venv, uv.lock, python3 and python",
  );
}

function named(given: string, from: string, env: NonNullable<PythonPlace["env"]>): FoundPython {
  if (isFolder(given)) return inEnvironment(given, from);
  const isPath = /[/\\]/.test(given);
  const path = isPath ? resolve(given) : onPath(given, env);
  if (path !== undefined && isProgram(path)) return { path, from };
  throw new PythonNotFoundError(`${from} names ${given}, which ${isPath ? "cannot be run" : "is not on PATH"}`);
}

function inEnvironment(folder: string, from: string): FoundPython {
  const path = resolve(folder, process.platform === "win32" ? "python.exe" : "bin/python");
  if (isProgram(path)) return { path, from };
  const place = from === folder ? folder : `${folder} (${from})`;
  throw new PythonNotFoundError(
    `the virtual environment ${place} is broken: ${path} cannot be run; make it again, or pass another Python`,
  );
}

/** The folder and those above it, up to the first that is a project; only the folder itself if there is none. */
function foldersToProject(folder: string): readonly string[] {
  const folders: string[] = [];
  for (let one = folder; ; one = dirname(one)) {
    folders.push(one);
    if (projectFiles.some((name) => existsSync(join(one, name)))) return folders;
    if (one === dirname(one)) return [folder];
  }
}

function ofUv(folder: string): FoundPython {
  try {
    const args = ["run", "--no-sync", "python", "-c", "import sys; print(sys.executable)"];
    const path = execFileSync("uv", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    return { path: path.trim(), from: join(folder, "uv.lock") };
  } catch (error) {
    const text = (error as Error).message.trim().split("\n").at(-1);
    throw new PythonNotFoundError(`${join(folder, "uv.lock")} is for uv, which failed: ${text}`, { cause: error });
  }
}

function onPath(name: string, env: NonNullable<PythonPlace["env"]>): string | undefined {
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const names = process.platform === "win32" ? [`${name}.exe`, name] : [name];
  return folders.flatMap((folder) => names.map((one) => join(folder, one))).find(isProgram);
}

function isEnvironment(path: string): boolean {
  return existsSync(join(path, "pyvenv.cfg")) || isFolder(join(path, "bin"));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return !isFolder(path);
  } catch {
    return false;
  }
}
