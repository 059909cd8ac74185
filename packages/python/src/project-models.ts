// The models that a Python project declares: entry points of the group `deepaas.v2.model` in its pyproject.toml or setup.cfg, or
// in what its installation has left in its folder.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

export interface ProjectModels {
  /** The file that declares them. */
  readonly file: string;
  /** Name to `module[:attribute]`. */
  readonly models: ReadonlyMap<string, string>;
  /** Where its modules are, so that the project does not have to be installed. */
  readonly roots: readonly string[];
}

const group = "deepaas.v2.model";
const escaped = group.replaceAll(".", "\\.");
const quoted = `["']?${escaped}["']?`;
const section = new RegExp(String.raw`^\s*\[\s*(?:project\.entry-points|tool\.poetry\.plugins)\.${quoted}\s*\]`);
const inline = new RegExp(String.raw`^\s*(?:entry-points\s*\.\s*)?${quoted}\s*=\s*\{([^}]*)\}`, "m");
const listed = new RegExp(String.raw`^\s*${escaped}\s*=(.*)$`);
const installed = new RegExp(String.raw`^\s*\[\s*${escaped}\s*\]`);
const readers: Readonly<Record<string, (text: string) => Entries>> = {
  "pyproject.toml": tomlEntries,
  "setup.cfg": configEntries,
  // What it declares is only known once it was executed: then setuptools has written it beside it.
  "setup.py": () => [],
};

/** The files that make a folder a Python project. */
export const projectFiles: readonly string[] = Object.keys(readers);

/** Returns undefined if the folder has none of the files. */
export function projectModels(folder: string): ProjectModels | undefined {
  const files = projectFiles.map((name) => join(folder, name)).filter((file) => existsSync(file));
  const [first] = files;
  if (first === undefined) return undefined;
  const roots = [join(folder, "src"), folder].filter((root) => existsSync(root));
  for (const file of [...files, ...roots.flatMap(installedFiles)]) {
    const read = readers[basename(file)] ?? installedEntries;
    const models = new Map(read(readFileSync(file, "utf8")));
    if (models.size > 0) return { file, models, roots };
  }
  return { file: first, models: new Map(), roots };
}

type Entries = readonly (readonly [name: string, module: string])[];

/** What an installation with `pip install -e` has left beside the modules. */
function installedFiles(root: string): readonly string[] {
  return readdirSync(root)
    .filter((name) => name.endsWith(".egg-info"))
    .map((name) => join(root, name, "entry_points.txt"))
    .filter((file) => existsSync(file));
}

/** `name = "module"` below the table of the group, or in an inline table. */
function tomlEntries(text: string): Entries {
  const [, table] = inline.exec(text) ?? [];
  return (table?.split(",") ?? linesBelow(text, section, /^\s*\[/)).flatMap((line) =>
    entry(/^\s*["']?([\w.-]+)["']?\s*=\s*["']([^"']+)["']/.exec(line)),
  );
}

/** Indented lines `name = module` below `deepaas.v2.model =` in the section `entry_points` of setuptools and pbr. */
function configEntries(text: string): Entries {
  const rest = listed.exec(text.split(/\r?\n/).find((line) => listed.test(line)) ?? "")?.[1] ?? "";
  return [rest, ...linesBelow(text, listed, /^[^\s#;]/)].flatMap(configEntry);
}

function installedEntries(text: string): Entries {
  return linesBelow(text, installed, /^\s*\[/).flatMap(configEntry);
}

function configEntry(line: string): Entries {
  return entry(/^\s*([\w.-]+)\s*=\s*([\w.]+(?:\s*:\s*[\w.]+)?)\s*$/.exec(line));
}

function entry(match: RegExpExecArray | null): Entries {
  const [, name, module] = match ?? [];
  return name !== undefined && module !== undefined ? [[name, module.replaceAll(/\s/g, "")]] : [];
}

/** The lines after the one that matches `start`, up to one that matches `end`. */
function linesBelow(text: string, start: RegExp, end: RegExp): readonly string[] {
  const lines = text.split(/\r?\n/);
  const at = lines.findIndex((line) => start.test(line));
  if (at === -1) return [];
  const rest = lines.slice(at + 1);
  const last = rest.findIndex((line) => end.test(line));
  return rest.slice(0, last === -1 ? undefined : last);
}
