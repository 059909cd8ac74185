// The model of a command that looks at it on this machine: a module, or the name of a model of the project.
import type { Command } from "commander";
import type { ModelSource } from "../models/model-source.ts";
import { allSettings, clientSettings, jsonSettings } from "../settings/client-settings.ts";
import { addSettings, resolveSettings } from "../settings/command-settings.ts";
import { pythonSettings } from "../settings/python-settings.ts";
import type { ValuesOf } from "../settings/setting.ts";

const settings = { python: pythonSettings.python, configFile: clientSettings.configFile, ...jsonSettings } as const;

export function addLocalModel(command: Command, alsoText = ""): Command {
  const text = `a module ([name=]file.ts or .py), or the name of a model of this project${alsoText}`;
  return addSettings(command.argument("[model]", text), settings);
}

export interface LocalModel {
  readonly name: string;
  readonly source: ModelSource;
}

export interface LocalCommand {
  readonly values: ValuesOf<typeof settings>;
  /** Throws a CliError if there is no such model, or several and none is named. */
  chooseModel(): Promise<LocalModel>;
}

/** `given`: the model of the command line. */
export async function localCommand(command: Command, given: string | undefined): Promise<LocalCommand> {
  const { values, models: configured } = await resolveSettings(command, settings, { filesFor: allSettings });
  return {
    values,
    async chooseModel() {
      const { chooseModel } = await import("../models/choose-models.ts");
      const choice = { given: given === undefined ? [] : [given], names: [], configured, python: values.python };
      const [name, source] = chooseModel(choice);
      return { name, source };
    },
  };
}
