// The modules that a built entry point loads, followed through its static imports.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

export interface ImportGraph {
  /** URL of each module, with the URL that each of its specifiers stands for. */
  readonly modules: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Node's own modules among them, as `importer -> specifier`. */
  readonly builtins: readonly string[];
}

const specifiers = /^\s*(?:import\s*(?:[\w*$\s{},]+?\bfrom\s*)?|export\s*[\w*$\s{},]+?\bfrom\s*)["']([^"']+)["']/gm;

export async function importGraph(entry: string): Promise<ImportGraph> {
  const modules = new Map<string, ReadonlyMap<string, string>>();
  const builtins: string[] = [];
  const waiting = [entry];
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    if (modules.has(url)) continue;
    const source = await readFile(fileURLToPath(url), "utf8");
    const resolved = new Map<string, string>();
    for (const [, specifier] of source.matchAll(specifiers)) {
      if (specifier === undefined) continue;
      if (isBuiltin(specifier)) builtins.push(`${url} -> ${specifier}`);
      else
        resolved.set(specifier, specifier.startsWith(".") ? new URL(specifier, url).href : resolveFrom(specifier, url));
    }
    modules.set(url, resolved);
    waiting.push(...resolved.values());
  }
  return { modules, builtins };
}

function resolveFrom(specifier: string, parent: string): string {
  // `import.meta.resolve` with a parent needs a flag; a package finds its dependencies from its own folder.
  const require = process.getBuiltinModule("node:module").createRequire(parent);
  const file = require.resolve(specifier);
  // A package with both forms has the one for imports beside the other.
  const module = file.replace(/\.cjs$/, ".js");
  return pathToFileURL(existsSync(module) ? module : file).href;
}
