// Makes a project: copies a template into an empty folder, with the name of the project and the versions of its dependencies.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { errorText } from "@deepaas/core";
import { CliError } from "../cli-error.ts";
import { dependencyRange, ownManifest } from "./dependency-range.ts";
import { projectName } from "./project-name.ts";
import { placeholder, type TemplateName, templateFolder } from "./templates.ts";

export interface NewProject {
  readonly name: string;
  /** Relative to the folder of the project. */
  readonly files: readonly string[];
}

/**
 * Makes a project in `dir`, which must be missing or empty; a `.git` folder may be in it. Nothing is overwritten. Throws a
 * CliError: `failed_precondition` if something is in the way, `permission_denied` if the folder cannot be written.
 */
export function newProject(dir: string, template: TemplateName): NewProject {
  const folder = resolve(dir);
  checkEmpty(dir, folder);
  const source = templateFolder(template);
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as Versioned;
  const name = projectName(basename(folder), [...Object.keys(dependencies), ...Object.keys(devDependencies)]);
  const files = filesIn(source).map((file) => ({ from: file, to: file.replace(/(^|[/\\])_/, "$1.") }));
  try {
    for (const { from, to } of files) {
      const target = join(folder, to);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, contentOf(join(source, from), name), { flag: "wx" });
    }
  } catch (error) {
    throw new CliError("permission_denied", `${dir} cannot be written: ${errorText(error)}`, { cause: error });
  }
  return { name, files: files.map(({ to }) => to) };
}

interface Versioned {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

function checkEmpty(dir: string, folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (!found) return;
  const isEmpty = found.isDirectory() && readdirSync(folder).every((entry) => entry === ".git");
  if (isEmpty) return;
  throw new CliError("failed_precondition", `${dir} ${found.isDirectory() ? "is not empty" : "is not a folder"}`, {
    hint: "Nothing was written. Name a folder that is empty or does not exist yet: deepaas new <dir>",
  });
}

/** A folder of a template may also hold what a developer of this package left there: nothing of it has a place in a project. */
function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((file) => !/(^|[/\\])(\.|node_modules)/.test(file))
    .sort();
}

function contentOf(file: string, name: string): string | Buffer {
  if (!/\.(ts|md|json)$/.test(file)) return readFileSync(file);
  const text = readFileSync(file, "utf8").replaceAll(placeholder, name);
  return basename(file) === "package.json" ? withVersions(text) : text;
}

/** The versions in the package.json of a template are `*`. */
function withVersions(text: string): string {
  const own = ownManifest();
  const manifest = JSON.parse(text) as Versioned;
  const filled = (names: Versioned["dependencies"]) =>
    Object.fromEntries(Object.keys(names).map((name) => [name, dependencyRange(name, own)]));
  const { dependencies, devDependencies } = manifest;
  const whole = { ...manifest, dependencies: filled(dependencies), devDependencies: filled(devDependencies) };
  return `${JSON.stringify(whole, undefined, 2)}\n`;
}
