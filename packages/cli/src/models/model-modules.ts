// The arguments `[name=]module` of a command.
import { basename, extname } from "node:path";
import { isName, nameRules } from "@deepaas/core";
import { CliError } from "../cli-error.ts";
import { type ModelSource, moduleOf } from "./model-source.ts";

export interface GivenModule {
  /** Undefined: the module has a default name. */
  readonly name: string | undefined;
  readonly module: string;
}

/** Reads `[name=]module`. A name has no slash: a file with `=` in its name can be passed as `./a=b.js`. */
export function givenModule(given: string): GivenModule {
  const [, name, rest] = /^([^=/\\]+)=(.+)$/.exec(given) ?? [];
  return { name, module: rest ?? given };
}

/** The name of a file without its extension. */
export function defaultName(module: string): string {
  return basename(module, extname(module));
}

/** Sources by model name, each name once. */
export class NamedModels {
  readonly sources = new Map<string, ModelSource>();

  /** Throws a CliError for an invalid name, or one that another module has. */
  add(name: string, source: ModelSource): void {
    const module = moduleOf(source);
    if (!isName("model", name)) {
      throw new CliError(
        "invalid_args",
        `${JSON.stringify(name)} cannot be a model's name, which must be ${nameRules.model}; pass one as name=${module}`,
      );
    }
    const other = this.sources.get(name);
    if (other !== undefined) {
      throw new CliError(
        "invalid_args",
        `two models have the name ${name}: ${moduleOf(other)} and ${module}; pass another name as other=${module}`,
      );
    }
    this.sources.set(name, source);
  }
}
