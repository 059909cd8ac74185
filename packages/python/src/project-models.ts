// The models that a Python project declares: entry points of the group `deepaas.v2.model` in its pyproject.toml or setup.cfg.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface ProjectModels {
  /** The file that declares them. */
  readonly file: string;
  /** Name to `module[:attribute]`. */
  readonly models: ReadonlyMap<string, string>;
  /** Where its modules are, so that the project does not have to be installed. */
  readonly roots: readonly string[];
}

const group = "deepaas.v2.model";
const quoted = `["']?${group.replaceAll(".", "\\.")}["']?`;
const section = new RegExp(String.raw`^\s*\[\s*(?:project\.entry-points|tool\.poetry\.plugins)\.${quoted}\s*\]`);

/** Returns undefined if the folder has neither file. */
export function projectModels(folder: string): ProjectModels | undefined {
  const files = ["pyproject.toml", "setup.cfg"].map((name) => join(folder, name)).filter((file) => existsSync(file));
  const [first] = files;
  if (first === undefined) return undefined;
  const roots = [join(folder, "src"), folder].filter((root) => existsSync(root));
  for (const file of files) {
    const lines = readFileSync(file, "utf8").split(/\r?\n/);
    const models = new Map(file.endsWith(".toml") ? tomlEntries(lines) : configEntries(lines));
    if (models.size > 0) return { file, models, roots };
  }
  return { file: first, models: new Map(), roots };
}

/** `name = "module"` below the table of the group. */
function tomlEntries(lines: readonly string[]): readonly (readonly [string, string])[] {
  const start = lines.findIndex((line) => section.test(line));
  if (start === -1) return [];
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^\s*\[/.test(line));
  return rest.slice(0, end === -1 ? undefined : end).flatMap((line) => {
    const [, name, value] = /^\s*["']?([\w.-]+)["']?\s*=\s*["']([^"']+)["']/.exec(line) ?? [];
    return name !== undefined && value !== undefined ? [[name, value.trim()] as const] : [];
  });
}

/** Indented lines `name = module` below `deepaas.v2.model =` in the section `entry_points` of setuptools and pbr. */
function configEntries(lines: readonly string[]): readonly (readonly [string, string])[] {
  const start = lines.findIndex((line) => new RegExp(`^\\s*${group.replaceAll(".", "\\.")}\\s*=\\s*$`).test(line));
  if (start === -1) return [];
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => !/^\s+\S/.test(line));
  return rest.slice(0, end === -1 ? undefined : end).flatMap((line) => {
    const [, name, value] = /^\s+([\w.-]+)\s*=\s*(\S+)\s*$/.exec(line) ?? [];
    return name !== undefined && value !== undefined ? [[name, value] as const] : [];
  });
}
