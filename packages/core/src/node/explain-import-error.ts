// Turns an import error of Node.js into one line with the file, the line and, if there is one, the fix.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { extname, isAbsolute, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { errorText } from "../contract/error.ts";

export interface ImportedModule {
  /** The path from the user. */
  readonly path: string;
  /** Absolute. */
  readonly file: string;
}

/** Returns `model.ts:12: the fault; the fix`. */
export function explainImportError(error: unknown, module: ImportedModule): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") return notErasableFault(error as Error, module);
  if (code === "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING") {
    return `${module.path}: Node.js does not run TypeScript below node_modules; move the file, or compile it to JavaScript first`;
  }
  if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") return notFoundFault(error as Error, module);
  if (code === "ERR_UNKNOWN_FILE_EXTENSION") {
    return `${module.path}: ${errorText(error)}; compile it to JavaScript first`;
  }
  if (error instanceof SyntaxError) return syntaxFault(error, module);
  const at = frameIn(error, module);
  return `${at ?? module.path}: import failed: ${errorText(error)}`;
}

const erasable: Readonly<Record<string, string>> = {
  enum: "use a const object",
  "parameter property": "declare the property and assign it in the constructor",
  "namespace declaration": "use a module of its own",
  "import equals declaration": "use an ordinary import",
};

function notErasableFault(error: Error, module: ImportedModule): string {
  const [, syntax] = /^TypeScript (.+) is not supported/.exec(error.message) ?? [];
  const fix = syntax === undefined ? undefined : erasable[syntax];
  const either = fix === undefined ? "" : `${fix}, or `;
  return `${positionIn(error, module) ?? module.path}: TypeScript ${syntax ?? "syntax"} is not erasable, and Node.js only strips types; ${either}compile the file to JavaScript first`;
}

function notFoundFault(error: Error, module: ImportedModule): string {
  const [, kind, name, importer] =
    /^Cannot find (package|module) '([^']+)' imported from (.+)$/m.exec(error.message) ?? [];
  const [, required] = /^Cannot find module '([^']+)'/.exec(error.message) ?? [];
  const at = importer === undefined ? module.path : displayPath(importer, module);
  const isFile = name !== undefined && isAbsolute(name);
  const what = isFile ? displayPath(name, module) : (name ?? required);
  if (what === undefined) return `${module.path}: ${errorText(error)}`;
  const bare = isFile && extname(name) === "";
  const source = isFile ? name.replace(/\.([cm]?)js$/, ".$1ts") : undefined;
  const isCompiled = source !== undefined && source !== name && existsSync(source);
  const fix =
    kind === "package"
      ? "; install it in the model's project"
      : bare
        ? "; an import must name the file with its extension"
        : isCompiled
          ? `; there is ${displayPath(source, module)}: import it by this name, Node.js runs TypeScript without compiling it`
          : "";
  return `${at}: cannot find ${kind ?? "module"} ${what}${fix}`;
}

function syntaxFault(error: SyntaxError, module: ImportedModule): string {
  const typescript = /\.[cm]?ts$/.test(module.file);
  const [, missing] = /does not provide an export named '(.+)'/.exec(error.message) ?? [];
  if (missing !== undefined) {
    const fix = typescript ? `; if ${missing} is a type, import it with \`import type\`` : "";
    return `${positionIn(error, module) ?? module.path}: ${errorText(error)}${fix}`;
  }
  const stack = positionIn(error, module) === undefined ? recheck(module) : error.stack;
  const at = stack === undefined ? undefined : positionIn({ stack }, module);
  if (at === undefined)
    return `${module.path}: syntax error in this module or in one that it imports: ${errorText(error)}`;
  if (typescript && /^\s*@\w/.test(stack?.split("\n")[1] ?? "")) {
    return `${at}: decorators are not JavaScript yet; leave them out, or compile the file to JavaScript first`;
  }
  return `${at}: syntax error: ${errorText(error)}`;
}

/** Node.js prints the place of a syntax error in an ES module only to stderr: a second process checks the file again. */
function recheck({ file }: ImportedModule): string | undefined {
  try {
    const source = readFileSync(file, "utf8");
    // Not imported by name: other runtimes lack it, and could then not load this module.
    const strip = nodeModule.stripTypeScriptTypes as typeof nodeModule.stripTypeScriptTypes | undefined;
    const input = /\.[cm]?ts$/.test(file) && strip ? strip(source) : source;
    const args = ["--check", "--input-type=module", "-"];
    const { stderr } = spawnSync(process.execPath, args, { input, encoding: "utf8", timeout: 10_000 });
    return stderr.includes("SyntaxError") ? stderr.replace(/^\S*\[?stdin\]?\S*?:(?=\d)/, `${file}:`) : undefined;
  } catch {
    return undefined;
  }
}

/** Returns `file:line` from the head that V8 puts before the stack of a syntax error. */
function positionIn({ stack }: { readonly stack?: string | undefined }, module: ImportedModule): string | undefined {
  const [, name, line] = /^(\S.*):(\d+)$/.exec(stack?.split("\n", 1)[0] ?? "") ?? [];
  return name === undefined ? undefined : `${displayPath(name, module)}:${line}`;
}

/** Returns `path:line` of the first stack frame in the module itself. */
function frameIn(error: unknown, module: ImportedModule): string | undefined {
  const stack = error instanceof Error && typeof error.stack === "string" ? error.stack : "";
  for (const name of [pathToFileURL(module.file).href, module.file]) {
    const at = stack.indexOf(`${name}:`);
    const line = at < 0 ? undefined : /^\d+/.exec(stack.slice(at + name.length + 1))?.[0];
    if (line !== undefined) return `${module.path}:${line}`;
  }
  return undefined;
}

/** Returns the path from the user for the module; for another file the relative path, if it is below the working directory. */
function displayPath(name: string, module: ImportedModule): string {
  const file = name.startsWith("file:") ? fileURLToPath(name) : name;
  if (file === module.file) return module.path;
  const below = relative(process.cwd(), file);
  return below.startsWith("..") || isAbsolute(below) ? file : below;
}
