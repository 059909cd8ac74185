// Which models a command is about: named on the command line, in the configuration file, or found in the project.
import { CliError } from "../cli-error.ts";
import { didYouMean } from "../nearest.ts";
import { findModels } from "./find-models.ts";
import { modelModules } from "./model-modules.ts";

export interface ModelChoice {
  /** Modules, `name=module`, or names of models that are found. Empty: all that are found. */
  readonly given: readonly string[];
  /** Only these of the models. Empty: all. */
  readonly names: readonly string[];
  /** Of the configuration file. If there are some, the project is not searched. */
  readonly configured: ReadonlyMap<string, string>;
}

/** Returns the paths of the modules by the name of their model. Throws a CliError if there is none. */
export function chooseModels({ given, names, configured }: ModelChoice): ReadonlyMap<string, string> {
  const isFound = (one: string) => !/[=/\\.]/.test(one);
  const needsFound = given.length === 0 || given.some(isFound);
  const found = needsFound ? foundModels(configured) : configured;
  const modules = given.map((one) => {
    const path = isFound(one) ? found.get(one) : undefined;
    if (path !== undefined) return `${one}=${path}`;
    if (isFound(one) && found.size > 0) throw notFound(one, found);
    return one;
  });
  const all = given.length > 0 ? modelModules(modules) : found;
  if (all.size === 0) {
    throw new CliError("invalid_args", "there is no model here", {
      hint: 'name a module (deepaas run model.ts), or put "deepaas": { "models": { "name": "./model.ts" } } into package.json',
    });
  }
  for (const name of names) if (!all.has(name)) throw notFound(name, all);
  return names.length === 0 ? all : new Map([...all].filter(([name]) => names.includes(name)));
}

/** Returns the one model that a command is about. Throws a CliError if there are several. */
export function chooseModel(choice: ModelChoice): readonly [name: string, path: string] {
  const models = chooseModels(choice);
  const [only] = models;
  if (only !== undefined && models.size === 1) return only;
  throw new CliError("invalid_args", `there are several models: ${[...models.keys()].join(", ")}; name one`);
}

function foundModels(configured: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  if (configured.size > 0) return configured;
  return new Map([...findModels(process.cwd()).values()].map(({ name, path }) => [name, path]));
}

function notFound(name: string, known: ReadonlyMap<string, string>): CliError {
  const names = [...known.keys()];
  return new CliError("invalid_args", `there is no model ${name}${didYouMean(name, names)}`, {
    hint: `the models are ${names.join(", ")}`,
  });
}
