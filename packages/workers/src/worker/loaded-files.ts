// Records which files the models are loaded from, with hooks of the module loader. Not loaded unless the server asks.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { FilesByModel } from "../messages.ts";

const packages = `${sep}node_modules${sep}`;

export class LoadedFiles {
  /** Path of each file that was loaded, or is missing, to the hash of its content. */
  readonly #hashes = new Map<string, string>();
  /** Path of each module to the paths that it imports. */
  readonly #imports = new Map<string, Set<string>>();

  /** For everything that is imported or required from now on. */
  constructor() {
    registerHooks({
      resolve: (specifier, context, nextResolve) => {
        const importer = pathFrom(context.parentURL);
        const asked = askedPath(specifier, context.parentURL);
        // As it was written: a symbolic link, or a file that is missing.
        if (asked !== undefined) {
          this.#add(importer, asked);
          this.#hashes.set(asked, hashOf(asked));
        }
        const resolved = nextResolve(specifier, context);
        const path = pathFrom(resolved.url);
        if (path !== undefined && path !== asked) this.#add(asked ?? importer, path);
        return resolved;
      },
      load: (url, context, nextLoad) => {
        const path = pathFrom(url);
        // Before it is loaded: should it change meanwhile, the hash is that of the older content.
        if (path !== undefined) this.#hashes.set(path, hashOf(path));
        return nextLoad(url, context);
      },
    });
  }

  /** `modules`: name of the model to the path of its module. */
  of(modules: Readonly<Record<string, string>>): FilesByModel {
    const entries = Object.entries(modules).map(([model, path]) => [model, this.#from(resolve(path))] as const);
    return Object.fromEntries(entries);
  }

  /** Everything that this module has imported, directly or not. */
  #from(module: string): Readonly<Record<string, string>> {
    const reached = new Set([module]);
    for (const path of reached) for (const one of this.#imports.get(path) ?? []) reached.add(one);
    const files: Record<string, string> = { [module]: this.#hashes.get(module) ?? hashOf(module) };
    for (const path of reached) {
      const hash = this.#hashes.get(path);
      if (hash !== undefined) files[path] = hash;
    }
    return files;
  }

  #add(importer: string | undefined, path: string): void {
    if (importer === undefined) return;
    const imports = this.#imports.get(importer) ?? new Set();
    this.#imports.set(importer, imports);
    imports.add(path);
  }
}

/** Returns the path of a file that is not part of a package. */
function pathFrom(url: string | undefined): string | undefined {
  if (!url?.startsWith("file:")) return undefined;
  const path = fileURLToPath(url);
  return path.includes(packages) ? undefined : path;
}

/** Returns the path that a relative or absolute specifier means, before symbolic links are followed. */
function askedPath(specifier: string, parentUrl: string | undefined): string | undefined {
  const base = parentUrl ?? pathToFileURL(sep).href;
  if (!/^(?:file:|\.{0,2}\/)/.test(specifier) || !base.startsWith("file:")) return undefined;
  return URL.canParse(specifier, base) ? pathFrom(new URL(specifier, base).href) : undefined;
}

/** Empty for a file that cannot be read. */
function hashOf(path: string): string {
  try {
    return createHash("sha256").update(readFileSync(path)).digest("hex");
  } catch {
    return "";
  }
}
