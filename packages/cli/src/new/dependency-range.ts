// The versions of what a template depends on: those of this package, with which its templates were tested.
import { readFileSync } from "node:fs";

type Dependencies = Readonly<Record<string, string>>;

export interface Manifest {
  readonly version: string;
  readonly dependencies?: Dependencies;
  readonly devDependencies?: Dependencies;
  /** Those of a template that are too large to be installed with this workspace. A test compares them with its versions. */
  readonly templateDependencies?: Dependencies;
}

/** This package depends on it under another name: the name `typescript` belongs to an older version here. */
const installedAs: Readonly<Record<string, string>> = { typescript: "@typescript/native" };

/** Returns the manifest of this package. */
export function ownManifest(): Manifest {
  return manifestIn("package.json");
}

/** Returns the range of versions for `name` in the package.json of a project. Throws if `own` has no such dependency. */
export function dependencyRange(name: string, own: Manifest): string {
  if (name === "@deepaas/cli") return `^${own.version}`;
  const installed = installedAs[name] ?? name;
  const known = { ...own.templateDependencies, ...own.devDependencies, ...own.dependencies };
  const range = known[installed];
  if (range === undefined) throw new Error(`${name} is not a dependency of @deepaas/cli`);
  // All @deepaas packages have one version. These two forms are those of the repository; packing replaces them.
  if (range.startsWith("workspace:")) return `^${own.version}`;
  if (range === "catalog:") return manifestIn(`node_modules/${installed}/package.json`).version;
  return range.replace(/^npm:.+@/, "");
}

function manifestIn(path: string): Manifest {
  return JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")) as Manifest;
}
