import { basename, extname } from "node:path";
import { isName } from "@deepaas/core";
import { CliError } from "./cli-error.ts";

/** `[name=]module` of the command line as name to path: the name is the file's without extension when none is given. */
export function modelModules(given: readonly string[]): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const one of given) {
    // A name has no slash, so a file with `=` in its own name can be given as `./a=b.js`.
    const [, prefix, rest] = /^([^=/\\]+)=(.+)$/.exec(one) ?? [];
    const path = rest ?? one;
    const name = prefix ?? basename(path, extname(path));
    if (!isName("model", name)) {
      throw new CliError(
        `${JSON.stringify(name)} cannot be a model's name: it is 1-64 of A-Z a-z 0-9 . _ -; give one as name=${path}`,
        2,
      );
    }
    const other = paths.get(name);
    if (other !== undefined) {
      throw new CliError(`two models are called ${name}: ${other} and ${path}; give one a name, as other=${path}`, 2);
    }
    paths.set(name, path);
  }
  return paths;
}
