// What `predict` and `train` have in common: a model, its arguments as options, and the settings of a command.
import type { ModelDescription, ModelService } from "@deepaas/core";
import { type Command, Option } from "commander";
import type { GivenArgs } from "../args/arg-tokens.ts";
import type { OpenedModel, StoreUse } from "../service/open-model.ts";
import { allSettings, clientSettings } from "../settings/client-settings.ts";
import { addSettings, resolveSettings } from "../settings/command-settings.ts";
import { pythonSettings } from "../settings/python-settings.ts";
import type { ValuesOf } from "../settings/setting.ts";

interface ArgOptions {
  readonly arg?: readonly string[];
  readonly args?: string;
  readonly help?: true;
}

export interface ModelCall {
  readonly service: ModelService;
  readonly description: ModelDescription;
  readonly url: string | undefined;
  /** The arguments that were given. */
  readArgs(): Promise<Readonly<Record<string, unknown>>>;
}

const { url, ...common } = clientSettings;
/** Without a server of the data directory: the model is in this process unless `--url` is given. */
export const modelSettings = {
  url: { ...url, withoutDefault: "the model in this process", help: "server that has the model" },
  python: pythonSettings.python,
  ...common,
} as const;

/** Adds the model, its arguments and the settings to a command. */
export function addModelArguments(command: Command): Command {
  command
    .argument("[model]", "a module ([name=]file.ts or .py), or the name of a model of this project or of the server")
    .argument("[arguments...]", "its arguments: --name value; --name @file for a file")
    .helpOption(false)
    .allowUnknownOption()
    .addOption(
      new Option("--arg <name=value>", "an argument that has the name of an option, may be repeated").argParser(
        collect,
      ),
    )
    .option("--args <json>", "all arguments as JSON, or @ and a file of JSON")
    .option("-h, --help", "print this help, and the arguments of the model");
  return addSettings(command, modelSettings);
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

export interface ModelCommand {
  /** Which arguments the model takes. */
  readonly kind: "predict" | "train";
  readonly store: StoreUse;
}

/** Opens the model of the command line and calls `work`, or prints the help. */
export async function withModel(
  command: Command,
  { kind, store }: ModelCommand,
  work: (call: ModelCall, settings: ValuesOf<typeof modelSettings>) => Promise<void>,
): Promise<void> {
  const { arg: pairs = [], args: json, help } = command.opts<ArgOptions>();
  const [first] = command.args;
  const given = first?.startsWith("-") ? undefined : first;
  const tokens = given === undefined ? command.args : command.args.slice(1);
  if (help && given === undefined) {
    command.outputHelp();
    return;
  }
  const { values, models: configured } = await resolveSettings(command, modelSettings, { filesFor: allSettings });
  const { openModel } = await import("../service/open-model.ts");
  await using opened: OpenedModel = await openModel(values, {
    given,
    configured,
    store: help ? "none" : store,
    isolated: kind === "train" && !help,
  });
  const description = await opened.service.describe(opened.model);
  const schema = kind === "predict" ? description.predictArgs : description.trainArgs;
  if (help) {
    const { argsHelp } = await import("../args/args-help.ts");
    process.stdout.write(
      `${command.helpInformation()}\nArguments of ${opened.model}:\n${argsHelp(schema) || "  none\n"}`,
    );
    return;
  }
  const call: ModelCall = {
    service: opened.service,
    description,
    url: opened.url,
    async readArgs() {
      const { argsFromTokens } = await import("../args/arg-tokens.ts");
      const givenArgs: GivenArgs = { pairs, json };
      return argsFromTokens(schema, tokens, givenArgs);
    },
  };
  await work(call, values);
}
