// A model from a module anywhere on disk: in a project of its own, or a single file in a folder without one.
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
 * Imports the module at `path` (absolute, or relative to the working directory) and gives the model in it: its default
 * export or the module itself, an instance when that is a class. TypeScript is run as Node runs it: types are stripped.
 * A module without `@deepaas/core` or `typebox` in its own project gets the ones next to this package.
 *
 * Rejects with an Error of one line that starts with the file, and has the original error as its cause: no such file,
 * a syntax that cannot run, an import that is not found, a module that throws, nothing in it to serve. A URL is refused:
 * model code is never fetched.
 */
export async function importModel(path: string): Promise<Model> {
  if (/^[a-z][a-z\d+.-]+:/i.test(path))
    throw new Error(`${path}: a model is given as the path of a file, not as a URL`);
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
  if (!found) throw new Error(`${path}: there is no such file`);
  if (!found.isFile()) throw new Error(`${path}: this is a folder; give the module in it`);
  const extension = extname(file);
  if (/^\.[jt]sx$/.test(extension)) {
    throw new Error(`${path}: Node.js cannot run ${extension} files; compile it to JavaScript first`);
  }
  if (!extensions.has(extension)) throw new Error(`${path}: a model is a .ts, .js or .mjs module`);
  return file;
}
