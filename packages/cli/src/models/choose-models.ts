// Which models a command is about: named on the command line, in the configuration file, or found in the project.
import { existsSync } from "node:fs";
import { extname } from "node:path";
import { CliError } from "../cli-error.ts";
import { didYouMean } from "../nearest.ts";
import { findModels } from "./find-models.ts";
import { defaultName, givenModule, NamedModels } from "./model-modules.ts";
import type { ModelSource } from "./model-source.ts";
import { isPythonFolder, isPythonModule, PythonModels } from "./python-models.ts";

export interface ModelChoice {
  /** Modules, `name=module`, or names of models that are found. Empty: all that are found. */
  readonly given: readonly string[];
  /** Only these of the models. Empty: all. */
  readonly names: readonly string[];
  /** Of the configuration file. If there are some, the project is not searched. */
  readonly configured: ReadonlyMap<string, string>;
  /** As the option `--python`. */
  readonly python?: string | undefined;
}

export interface ChosenModels {
  readonly models: ReadonlyMap<string, ModelSource>;
  /** Says which Python each model in Python runs with. Throws a CliError for one that cannot be run. */
  pythonLines(): readonly string[];
}

/** Returns the sources by the name of their model. Throws a CliError if there is none. */
export function chooseModels(choice: ModelChoice): ChosenModels {
  const chooser = new Chooser(choice);
  const models = chooser.choose();
  return { models, pythonLines: () => chooser.pythons.lines(models) };
}

/** Returns the one model that a command is about. Throws a CliError if there are several. */
export function chooseModel(choice: ModelChoice): readonly [name: string, source: ModelSource] {
  const { models } = chooseModels(choice);
  const [only] = models;
  if (only !== undefined && models.size === 1) return only;
  throw new CliError("invalid_args", `there are several models: ${[...models.keys()].join(", ")}; name one`);
}

class Chooser {
  readonly pythons: PythonModels;
  readonly #choice: ModelChoice;
  #found: ReadonlyMap<string, ModelSource> | undefined;

  constructor(choice: ModelChoice) {
    this.#choice = choice;
    this.pythons = new PythonModels(choice.python);
  }

  choose(): ReadonlyMap<string, ModelSource> {
    const { given, names } = this.#choice;
    const all = given.length > 0 ? this.#given(given) : this.#all();
    if (all.size === 0) {
      throw new CliError("invalid_args", "there is no model here", {
        hint: `name a module (deepaas run model.ts, deepaas run model.py), or put "deepaas": { "models": { "name": "./model.ts" } } into package.json; for Python, looked at ${this.pythons.searched()}`,
      });
    }
    for (const name of names) if (!all.has(name)) throw this.#unknown(name, all);
    return names.length === 0 ? all : new Map([...all].filter(([name]) => names.includes(name)));
  }

  #given(given: readonly string[]): ReadonlyMap<string, ModelSource> {
    const named = new NamedModels();
    for (const one of given) {
      const { name, module } = givenModule(one);
      if (isBareName(one)) this.#addByName(named, one);
      else if (isPythonModule(module)) this.#addPython(named, name, module);
      else named.add(name ?? defaultName(module), module);
    }
    return named.sources;
  }

  #addPython(named: NamedModels, name: string | undefined, module: string): void {
    const models = this.pythons.of(module);
    if (name !== undefined && models.size > 1) {
      const names = [...models.keys()].join(", ");
      throw new CliError("invalid_args", `${module} has the models ${names}: they cannot all be served as ${name}`);
    }
    for (const [ownName, source] of models) named.add(name ?? ownName, source);
  }

  /** The project and its dependencies first, then what is installed in Python, then a folder of that name. */
  #addByName(named: NamedModels, name: string): void {
    const found = this.#ofProject();
    const source = found.get(name) ?? this.pythons.installed().get(name);
    if (source !== undefined) named.add(name, source);
    else if (isPythonFolder(name)) this.#addPython(named, undefined, name);
    // A file without an extension, or the folder of a package for Node.js.
    else if (existsSync(name)) named.add(name, name);
    else throw this.#unknown(name, new Map([...found, ...this.pythons.installed()]));
  }

  #all(): ReadonlyMap<string, ModelSource> {
    const found = this.#ofProject();
    return found.size > 0 ? found : this.pythons.installed();
  }

  #ofProject(): ReadonlyMap<string, ModelSource> {
    this.#found ??= this.#findInProject();
    return this.#found;
  }

  #findInProject(): ReadonlyMap<string, ModelSource> {
    const { configured } = this.#choice;
    const paths =
      configured.size > 0
        ? configured
        : new Map([...findModels(process.cwd()).values()].map(({ name, path }) => [name, path] as const));
    const named = new NamedModels();
    for (const [name, path] of paths) {
      if (extname(path) === ".py") this.#addPython(named, name, path);
      else named.add(name, path);
    }
    if (configured.size > 0) return named.sources;
    for (const [name, source] of this.pythons.ofWorkingDirectory()) named.add(name, source);
    return named.sources;
  }

  #unknown(name: string, known: ReadonlyMap<string, ModelSource>): CliError {
    const names = [...known.keys()];
    return new CliError("invalid_args", `there is no model ${name}${didYouMean(name, names)}`, {
      hint:
        names.length > 0
          ? `the models are ${names.join(", ")}`
          : `looked at package.json, pyproject.toml and ${this.pythons.searched()}`,
    });
  }
}

function isBareName(given: string): boolean {
  return !/[=/\\.:]/.test(given);
}
