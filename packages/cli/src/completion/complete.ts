// What may come next on the command line: commands, options, models, runs, and the arguments of a model with their choices.
import type { JsonObject, JsonValue, ObjectSchema } from "@deepaas/core";
import type { Command, Option } from "commander";
import { fieldKind } from "../args/field-kind.ts";
import { chooseModels } from "../models/choose-models.ts";
import { moduleOf } from "../models/model-source.ts";
import { openModel } from "../service/open-model.ts";
import { openRuns } from "../service/open-runs.ts";

export interface Completion {
  readonly word: string;
  readonly text: string;
}

/** Complete with the names of files. */
export const files = ":files";

/** `words`: those after `deepaas`; the last one is being written and may be "". Never rejects: it only helps. */
export async function complete(
  program: Command,
  words: readonly string[],
): Promise<readonly Completion[] | typeof files> {
  const started = words.at(-1) ?? "";
  const [name, ...given] = words.slice(0, -1);
  if (name === undefined)
    return matching(
      program.commands.map((one) => ({ word: one.name(), text: one.description() })),
      started,
    );
  const command = program.commands.find((one) => one.name() === name || one.aliases().includes(name));
  if (!command) return [];
  try {
    const found = await after(command, given, started);
    return found === files ? files : matching(found, started);
  } catch {
    return files;
  }
}

function matching(all: readonly Completion[], started: string): Completion[] {
  return all.filter(({ word }) => word !== "__complete" && word.startsWith(started));
}

async function after(
  command: Command,
  given: readonly string[],
  started: string,
): Promise<readonly Completion[] | typeof files> {
  const previous = given.at(-1) ?? "";
  const option = command.options.find(
    ({ long, short }) => previous !== "" && (long === previous || short === previous),
  );
  if (option && takesValue(option))
    return option.argChoices ? option.argChoices.map((word) => ({ word, text: "" })) : files;
  const takesModel = command.registeredArguments[0]?.name() === "model";
  const model = given[0]?.startsWith("-") === false ? given[0] : undefined;
  const schema = ["predict", "train"].includes(command.name())
    ? await schemaOf(command.name(), model, given)
    : undefined;
  const field = schema && previous.startsWith("--") ? schema.properties[previous.slice(2)] : undefined;
  if (field && !fieldKind(field).isBoolean) return valuesOf(field);
  if (started.startsWith("-")) {
    const options = command.options.map(({ long, description }) => ({ word: long ?? "", text: description }));
    return [...options, ...argumentsOf(schema)];
  }
  if (takesModel && model === undefined) return modelsHere();
  if (command.registeredArguments[0]?.name() === "run") return runs(given);
  return started === "" && schema ? argumentsOf(schema) : files;
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

async function schemaOf(
  kind: string,
  model: string | undefined,
  given: readonly string[],
): Promise<ObjectSchema | undefined> {
  const at = given.indexOf("--url");
  const url = at < 0 ? process.env.DEEPAAS_URL : given[at + 1];
  const settings = { ...(url !== undefined && { url }), dataDir: "" };
  await using opened = await openModel(settings, {
    given: model,
    configured: new Map(),
    store: "none",
    isolated: false,
  });
  const { predictArgs, trainArgs } = await opened.service.describe(opened.model);
  return kind === "predict" ? predictArgs : trainArgs;
}

function argumentsOf(schema: ObjectSchema | undefined): Completion[] {
  return Object.entries(schema?.properties ?? {}).map(([name, { description }]) => ({
    word: `--${name}`,
    text: typeof description === "string" ? (description.split("\n")[0] as string) : "",
  }));
}

function valuesOf(field: JsonObject): readonly Completion[] | typeof files {
  const choices = field.enum;
  if (Array.isArray(choices)) return (choices as JsonValue[]).map((one) => ({ word: String(one), text: "" }));
  return fieldKind(field).isFile ? files : [];
}

function modelsHere(): readonly Completion[] | typeof files {
  try {
    const { models } = chooseModels({ given: [], names: [], configured: new Map() });
    return [...models].map(([word, source]) => ({ word, text: moduleOf(source) }));
  } catch {
    return files;
  }
}

async function runs(given: readonly string[]): Promise<Completion[]> {
  const value = (option: string) => (given.includes(option) ? given[given.indexOf(option) + 1] : undefined);
  const url = value("--url") ?? process.env.DEEPAAS_URL;
  await using opened = await openRuns({
    ...(url !== undefined && { url }),
    dataDir: value("--data-dir") ?? ".deepaas",
  });
  const { items } = await opened.read.runs({ newestFirst: true, limit: 50 });
  return items.map(({ id, model, state }) => ({ word: id, text: `${model}, ${state}` }));
}
