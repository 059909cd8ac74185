// Models of the project in the working directory and of its dependencies: packages whose package.json has
// `"deepaas": { "models": { "digits": "./dist/digits.js" } }`, as the entry points of a Python package.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { CliError } from "../cli-error.ts";

export interface FoundModel {
  readonly name: string;
  /** Absolute path of its module. */
  readonly path: string;
  /** Name of the package that has it. */
  readonly from: string;
}

interface Manifest {
  readonly name?: unknown;
  readonly deepaas?: { readonly models?: unknown };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Throws a CliError for a package.json that cannot be read, and for two models with one name. */
export function findModels(workingDirectory: string): ReadonlyMap<string, FoundModel> {
  const root = folderAbove(workingDirectory, "package.json");
  const found = new Map<string, FoundModel>();
  if (root === undefined) return found;
  const project = manifestIn(root);
  const dependencies = { ...project.dependencies, ...project.devDependencies, ...project.optionalDependencies };
  const packages = [root, ...Object.keys(dependencies).flatMap((name) => folderOf(name, root) ?? [])];
  for (const model of packages.flatMap(modelsOf)) {
    const other = found.get(model.name);
    if (other) {
      throw new CliError("invalid_args", `two packages have a model ${model.name}: ${other.from} and ${model.from}`, {
        hint: `pass one as name=module, such as other=${model.path}`,
      });
    }
    found.set(model.name, model);
  }
  return found;
}

function modelsOf(folder: string): FoundModel[] {
  const { name, deepaas } = manifestIn(folder);
  const models = deepaas?.models;
  if (models === undefined) return [];
  const place = `${join(folder, "package.json")}#/deepaas/models`;
  if (typeof models !== "object" || models === null || Array.isArray(models)) {
    throw new CliError("invalid_args", `${place} must be an object of modules by the name of their model`);
  }
  return Object.entries(models).map(([model, path]: [string, unknown]) => {
    if (typeof path !== "string") throw new CliError("invalid_args", `${place}/${model} must be the path of a module`);
    return { name: model, path: resolve(folder, path), from: typeof name === "string" ? name : folder };
  });
}

function manifestIn(folder: string): Manifest {
  const file = join(folder, "package.json");
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Manifest;
  } catch (error) {
    throw new CliError("invalid_args", `${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Not `import.meta.resolve`: the `exports` of a package may hide its package.json. Undefined if it is not installed. */
function folderOf(dependency: string, root: string): string | undefined {
  for (let folder = root; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", dependency);
    if (existsSync(join(candidate, "package.json"))) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}

function folderAbove(start: string, file: string): string | undefined {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (existsSync(join(folder, file))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}
