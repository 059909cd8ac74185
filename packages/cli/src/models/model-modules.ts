// The arguments `[name=]module` of a command.
import { basename, extname } from "node:path";
import { isName, nameRules } from "@deepaas/core";
import { CliError } from "../cli-error.ts";

/** Returns paths by model name from the arguments `[name=]module`. The default name is the file name without its extension. */
export function modelModules(given: readonly string[]): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const one of given) {
    // A name has no slash: a file with `=` in its name can be passed as `./a=b.js`.
    const [, prefix, rest] = /^([^=/\\]+)=(.+)$/.exec(one) ?? [];
    const path = rest ?? one;
    const name = prefix ?? basename(path, extname(path));
    if (!isName("model", name)) {
      throw new CliError(
        "invalid_args",
        `${JSON.stringify(name)} cannot be a model's name, which must be ${nameRules.model}; pass one as name=${path}`,
      );
    }
    const other = paths.get(name);
    if (other !== undefined) {
      throw new CliError(
        "invalid_args",
        `two models have the name ${name}: ${other} and ${path}; pass another name as other=${path}`,
      );
    }
    paths.set(name, path);
  }
  return paths;
}
