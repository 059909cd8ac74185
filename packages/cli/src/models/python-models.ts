// Models in Python: files, modules, projects and the entry points that are installed.
import { existsSync, statSync } from "node:fs";
import { basename, delimiter, dirname, extname, join, resolve } from "node:path";
import {
  type DescribedPython,
  describePython,
  type FoundPython,
  findPython,
  PythonNotFoundError,
  projectFiles,
  projectModels,
} from "@deepaas/python";
import type { PythonModule } from "@deepaas/workers";
import { CliError } from "../cli-error.ts";
import { defaultName } from "./model-modules.ts";
import type { ModelSource } from "./model-source.ts";

const nodeExtensions: ReadonlySet<string> = new Set([".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx"]);
const dotted = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?::[A-Za-z_][\w.]*)?$/;
const group = "deepaas.v2.model";

/** True for `x.py`, a folder with a Python project or package, and `pkg.mod[:attribute]`. */
export function isPythonModule(module: string): boolean {
  if (extname(module) === ".py" || isPythonFolder(module)) return true;
  return dotted.test(module) && !nodeExtensions.has(extname(module)) && !existsSync(module);
}

/** The models of a command line that are in Python. `option`: the value of `--python`. */
export class PythonModels {
  readonly #option: string | undefined;
  /** Why a Python was chosen, by its path. */
  readonly #origins = new Map<string, string>();
  readonly #described = new Map<string, DescribedPython>();

  constructor(option: string | undefined) {
    // A value of the environment is not that of the option.
    this.#option = option === process.env.DEEPAAS_PYTHON ? undefined : option;
  }

  /** Returns the models that a module or a folder has, by their default name. Throws a CliError if there is none. */
  of(module: string): ReadonlyMap<string, PythonModule> {
    if (isProject(module)) return this.#ofProject(module);
    if (isPackage(module)) {
      const [folder, name] = [dirname(resolve(module)), basename(resolve(module))];
      return new Map([[name, this.#source(name, { folder, roots: [folder] })]]);
    }
    const isFile = extname(module) === ".py";
    if (isFile && !existsSync(module)) throw new CliError("invalid_args", `there is no file ${module}`);
    if (!isFile) {
      const folder = process.cwd();
      // As with python -m, the working directory is the first place.
      return new Map([[module.split(":", 1)[0] as string, this.#source(module, { folder, roots: [folder] })]]);
    }
    return new Map([[defaultName(module), this.#source(module, { folder: dirname(resolve(module)), roots: [] })]]);
  }

  /** The models of the project in the working directory. */
  ofWorkingDirectory(): ReadonlyMap<string, PythonModule> {
    return isProject(".") && projectModels(".")?.models.size ? this.#ofProject(".") : new Map();
  }

  /** The entry points that are installed. Empty where there is no Python. */
  installed(): ReadonlyMap<string, PythonModule> {
    const python = this.#ofSystem();
    const sources = [...(python?.models.keys() ?? [])].map((name) => {
      return [name, { module: name, runtime: "python", python: python?.path as string }] as const;
    });
    return new Map(sources);
  }

  /** Where installed models were looked for. */
  searched(): string {
    const python = this.#ofSystem();
    if (python === undefined) return "there is no Python";
    const names = [...python.models.keys()];
    const found = names.length === 0 ? "none" : names.join(", ");
    return `the entry points ${group} of ${python.path} (${python.from}): ${found}`;
  }

  /** One line for each Python that a model runs with. Throws a CliError for one that cannot be run or is too old. */
  lines(models: ReadonlyMap<string, ModelSource>): readonly string[] {
    const byPath = new Map<string, string[]>();
    for (const [name, source] of models) {
      if (typeof source === "string" || source.python === undefined) continue;
      byPath.set(source.python, [...(byPath.get(source.python) ?? []), name]);
    }
    return [...byPath].map(([path, names]) => {
      const { version, from } = this.#describe({ path, from: this.#origins.get(path) ?? "the option python" });
      return `${names.join(", ")}: Python ${version}, ${path} (${from})`;
    });
  }

  #ofProject(folder: string): ReadonlyMap<string, PythonModule> {
    const project = projectModels(folder);
    if (!project?.models.size) {
      const file = project?.file ?? join(folder, "pyproject.toml");
      throw new CliError("invalid_args", `${file} has no entry point of the group ${group}`, {
        hint: `name a module (deepaas run ${join(folder, "model.py")}), or add [project.entry-points."${group}"] with name = "module"; those of a setup.py are known once it is installed (pip install -e ${folder})`,
      });
    }
    const roots = project.roots.map((root) => resolve(root));
    const sources = [...project.models].map(([name, module]) => {
      return [name, this.#source(module, { folder: resolve(folder), roots })] as const;
    });
    return new Map(sources);
  }

  /** `folder`: where an environment is searched. `roots`: folders that it imports from before all others. */
  #source(
    module: string,
    { folder, roots }: { readonly folder: string; readonly roots: readonly string[] },
  ): PythonModule {
    const found = this.#find(folder);
    const source = { module, runtime: "python", python: found.path } as const;
    if (roots.length === 0) return source;
    const path = [...roots, process.env.PYTHONPATH].filter((one) => one).join(delimiter);
    return { ...source, env: { PYTHONPATH: path } };
  }

  #find(folder: string): FoundPython {
    const found = asCliError(() => findPython({ python: this.#option, folder }));
    this.#origins.set(found.path, found.from);
    return found;
  }

  #ofSystem(): DescribedPython | undefined {
    try {
      return this.#describe(findPython({ python: this.#option, folder: process.cwd() }));
    } catch (error) {
      // Nobody has asked for a model in Python.
      if (this.#option === undefined && error instanceof PythonNotFoundError) return undefined;
      throw asCliError(() => {
        throw error;
      });
    }
  }

  #describe(found: FoundPython): DescribedPython {
    const known = this.#described.get(found.path) ?? asCliError(() => describePython(found));
    this.#described.set(found.path, known);
    return known;
  }
}

/** True for a project and for a package. */
export function isPythonFolder(folder: string): boolean {
  return isProject(folder) || isPackage(folder);
}

function isPackage(folder: string): boolean {
  return existsSync(join(folder, "__init__.py"));
}

function isProject(folder: string): boolean {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return false;
  return projectFiles.some((name) => existsSync(join(folder, name)));
}

function asCliError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof PythonNotFoundError)) throw error;
    throw new CliError("invalid_args", error.message, { hint: "pass the interpreter with --python", cause: error });
  }
}
