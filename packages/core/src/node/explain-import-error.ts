// What Node says when a module cannot be imported, as one line that names the file and, where there is one, the fix.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { extname, isAbsolute, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { errorText } from "../contract/error.ts";

export interface ImportedModule {
  /** As the user gave it. */
  readonly path: string;
  /** Absolute. */
  readonly file: string;
}

/** `model.ts:12: what is wrong; how to mend it`. */
export function explainImportError(error: unknown, module: ImportedModule): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") return notErasable(error as Error, module);
  if (code === "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING") {
    return `${module.path}: Node.js runs no TypeScript below node_modules; move the file, or compile it to JavaScript first`;
  }
  if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") return notFound(error as Error, module);
  if (code === "ERR_UNKNOWN_FILE_EXTENSION") {
    return `${module.path}: ${errorText(error)}; compile it to JavaScript first`;
  }
  if (error instanceof SyntaxError) return syntaxFault(error, module);
  const at = placeIn(error, module);
  return `${at ?? module.path}: it threw when it was imported: ${errorText(error)}`;
}

const erasable: Readonly<Record<string, string>> = {
  enum: "use a const object",
  "parameter property": "declare the property and assign it in the constructor",
  "namespace declaration": "use a module of its own",
  "import equals declaration": "use an ordinary import",
};

function notErasable(error: Error, module: ImportedModule): string {
  const [, syntax] = /^TypeScript (.+) is not supported/.exec(error.message) ?? [];
  const fix = syntax === undefined ? undefined : erasable[syntax];
  const either = fix === undefined ? "" : `${fix}, or `;
  return `${headOf(error, module) ?? module.path}: TypeScript ${syntax ?? "syntax"} is not erasable, and Node.js only strips types; ${either}compile the file to JavaScript first`;
}

function notFound(error: Error, module: ImportedModule): string {
  const [, kind, name, importer] =
    /^Cannot find (package|module) '([^']+)' imported from (.+)$/m.exec(error.message) ?? [];
  const [, required] = /^Cannot find module '([^']+)'/.exec(error.message) ?? [];
  const at = importer === undefined ? module.path : shown(importer, module);
  const isFile = name !== undefined && isAbsolute(name);
  const what = isFile ? shown(name, module) : (name ?? required);
  if (what === undefined) return `${module.path}: ${errorText(error)}`;
  const bare = isFile && extname(name) === "";
  const fix =
    kind === "package"
      ? "; install it in the model's project"
      : bare
        ? "; an import names its file with the extension"
        : "";
  return `${at}: it imports ${what}, which is not there${fix}`;
}

function syntaxFault(error: SyntaxError, module: ImportedModule): string {
  const typescript = /\.[cm]?ts$/.test(module.file);
  const [, missing] = /does not provide an export named '(.+)'/.exec(error.message) ?? [];
  if (missing !== undefined) {
    const fix = typescript ? `; if ${missing} is a type, import it with \`import type\`` : "";
    return `${headOf(error, module) ?? module.path}: ${errorText(error)}${fix}`;
  }
  const stack = headOf(error, module) === undefined ? checkedAgain(module) : error.stack;
  const at = stack === undefined ? undefined : headOf({ stack }, module);
  if (at === undefined)
    return `${module.path}: syntax error, in it or in a module that it imports: ${errorText(error)}`;
  if (typescript && /^\s*@\w/.test(stack?.split("\n")[1] ?? "")) {
    return `${at}: decorators are not JavaScript yet; leave them out, or compile the file to JavaScript first`;
  }
  return `${at}: syntax error: ${errorText(error)}`;
}

/** Node tells the place of a fault in an ECMAScript module only to stderr; so a second process is asked to look. */
function checkedAgain({ file }: ImportedModule): string | undefined {
  try {
    const source = readFileSync(file, "utf8");
    const input = /\.[cm]?ts$/.test(file) ? stripTypeScriptTypes(source) : source;
    const args = ["--check", "--input-type=module", "-"];
    const { stderr } = spawnSync(process.execPath, args, { input, encoding: "utf8", timeout: 10_000 });
    return stderr.includes("SyntaxError") ? stderr.replace(/^\S*\[?stdin\]?\S*?:(?=\d)/, `${file}:`) : undefined;
  } catch {
    return undefined;
  }
}

/** `file:line` from the first line of what V8 and Node put before a syntax error's stack. */
function headOf({ stack }: { readonly stack?: string | undefined }, module: ImportedModule): string | undefined {
  const [, name, line] = /^(\S.*):(\d+)$/.exec(stack?.split("\n", 1)[0] ?? "") ?? [];
  return name === undefined ? undefined : `${shown(name, module)}:${line}`;
}

/** The first frame of the stack that lies in the module itself. */
function placeIn(error: unknown, module: ImportedModule): string | undefined {
  const stack = error instanceof Error && typeof error.stack === "string" ? error.stack : "";
  for (const name of [pathToFileURL(module.file).href, module.file]) {
    const at = stack.indexOf(`${name}:`);
    const line = at < 0 ? undefined : /^\d+/.exec(stack.slice(at + name.length + 1))?.[0];
    if (line !== undefined) return `${module.path}:${line}`;
  }
  return undefined;
}

/** The module as the user named it; another file by its path from here when it lies below. */
function shown(name: string, module: ImportedModule): string {
  const file = name.startsWith("file:") ? fileURLToPath(name) : name;
  if (file === module.file) return module.path;
  const below = relative(process.cwd(), file);
  return below.startsWith("..") || isAbsolute(below) ? file : below;
}
