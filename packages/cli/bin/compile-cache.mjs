// V8's compile cache, in a folder of the user: Node's default is below the shared temporary folder, where another user could
// put code into it.
import { lstatSync, mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** Does nothing if the user has configured the cache of Node.js, or if the folder cannot be used. */
export function useCompileCache() {
  const { NODE_COMPILE_CACHE, NODE_DISABLE_COMPILE_CACHE, XDG_CACHE_HOME = "" } = process.env;
  if (NODE_COMPILE_CACHE || NODE_DISABLE_COMPILE_CACHE) return;
  try {
    const folder = join(isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), ".cache"), "deepaas", "compile");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!isPrivate(lstatSync(folder)) || enableCompileCache(folder).directory === undefined) return;
    // The workers inherit it.
    process.env.NODE_COMPILE_CACHE = folder;
  } catch {
    // A home that is missing or read-only: the start is slower, and everything else is the same.
  }
}

function isPrivate(stats) {
  if (!stats.isDirectory()) return false;
  // Windows has no modes; the home of a user is private there.
  return process.getuid === undefined || (stats.uid === process.getuid() && (stats.mode & 0o022) === 0);
}
