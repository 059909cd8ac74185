// Imports a model from a module on disk, inside or outside of a project.
import { statSync } from "node:fs";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { errorText } from "../contract/error.ts";
import type { Model } from "../contract/model.ts";
import { toModel } from "../contract/to-model.ts";
import { explainImportError } from "./explain-import-error.ts";
import { offerOwnPackages } from "./offer-own-packages.ts";
import { withoutNodeAdvice } from "./without-node-advice.ts";

const extensions = new Set([".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"]);

/**
 * Imports the module at `path` (absolute, or relative to the working directory) and returns its model: the default export,
 * or else the module itself; a class is instantiated. Node.js strips the types of TypeScript modules. A module whose project
 * lacks `@deepaas/core` or `typebox` gets the copies of this package.
 *
 * Rejects with an Error of one line that starts with the path and has the original error as its cause: no such file, a
 * syntax error, an import that cannot be resolved, a module that throws, a module without a model. A URL is refused: model
 * code is never loaded over the network.
 */
export async function importModel(path: string): Promise<Model> {
  if (/^[a-z][a-z\d+.-]+:/i.test(path)) throw new Error(`${path}: a model must be the path of a file, not a URL`);
  const file = checkedPath(path);
  offerOwnPackages();
  const exported = await withoutNodeAdvice(() => importFile(path, file));
  try {
    return toModel(exported);
  } catch (error) {
    throw new Error(`${path}: ${errorText(error)}`, { cause: error });
  }
}

async function importFile(path: string, file: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    throw new Error(explainImportError(error, { path, file }), { cause: error });
  }
}

function checkedPath(path: string): string {
  const file = resolve(path);
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) throw new Error(`${path}: no such file`);
  if (!found.isFile()) throw new Error(`${path}: is a folder; give the path of a module`);
  const extension = extname(file);
  if (/^\.[jt]sx$/.test(extension)) {
    throw new Error(`${path}: Node.js cannot run ${extension} files; compile it to JavaScript first`);
  }
  if (!extensions.has(extension)) throw new Error(`${path}: a model must be a .ts, .js or .mjs module`);
  return file;
}
