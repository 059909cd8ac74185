// The model of a command that looks at it on this machine: a module, or the name of a model of the project.
import type { Command } from "commander";
import { allSettings, clientSettings, jsonSettings } from "../settings/client-settings.ts";
import { addSettings, resolveSettings } from "../settings/command-settings.ts";
import type { ValuesOf } from "../settings/setting.ts";

const settings = { configFile: clientSettings.configFile, ...jsonSettings } as const;

export function addLocalModel(command: Command, alsoText = ""): Command {
  const text = `a module ([name=]file.ts), or the name of a model of this project${alsoText}`;
  return addSettings(command.argument("[model]", text), settings);
}

export interface LocalModel {
  readonly name: string;
  /** Of its module. */
  readonly path: string;
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
      const [name, path] = chooseModel({ given: given === undefined ? [] : [given], names: [], configured });
      return { name, path };
    },
  };
}
