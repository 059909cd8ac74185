// What is spawned for the models of each runtime.
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { findPython, pythonProgram } from "@deepaas/python";
import type { Program } from "./child.ts";

export interface NodeModule {
  /** Path, absolute or relative to the working directory. */
  readonly module: string;
  readonly runtime: "node";
}

export interface PythonModule {
  /** Path of a `.py` file, absolute or relative to the working directory; `module[:attribute]`; or the name of an entry point. */
  readonly module: string;
  readonly runtime: "python";
  /** The path or the name of the interpreter, or the folder of a virtual environment. Default: see `findPython` of `@deepaas/python`. */
  readonly python?: string;
  /** The working directory of its processes. Default: that of this process. */
  readonly cwd?: string;
  /** Environment variables of its processes, added to `env` of all. Default none. */
  readonly env?: Readonly<Record<string, string>>;
}

type Env = Readonly<Record<string, string>>;

// As built, also when running from source: no worker has to strip types first.
const entry = fileURLToPath(new URL("../dist/worker/entry.js", import.meta.url));

export function nodeProgram(nodeArgs: readonly string[], env: Env): Program {
  return { command: process.execPath, args: [...nodeArgs, entry], env };
}

/** `common`: environment variables of all workers. Throws `PythonNotFoundError`. */
export function pythonProgramOf({ module, python, cwd, env }: PythonModule, common: Env): Program {
  const given = { ...common, ...env };
  const all = { ...process.env, ...given };
  const folder = module.endsWith(".py") ? dirname(resolve(module)) : (cwd ?? process.cwd());
  const program = pythonProgram(findPython({ python, folder, env: all }).path, all);
  return { ...program, env: { ...given, ...program.env }, ...(cwd !== undefined && { cwd: resolve(cwd) }) };
}
