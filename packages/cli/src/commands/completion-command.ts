// `deepaas completion`: the script of a shell, and `__complete`, which that script asks.
import { Argument, Command } from "commander";
import { completionScript, type Shell, shells } from "../completion/scripts.ts";

export function completionCommand(): Command {
  return new Command("completion")
    .description("print the script that completes the command line in a shell")
    .addArgument(new Argument("<shell>", "of the script").choices(shells))
    .action((shell: Shell) => void process.stdout.write(completionScript(shell)));
}

/** Hidden: for the scripts. One line for each word, with a tab and its description. */
export function completeCommand(): Command {
  const command = new Command("__complete").argument("[words...]").helpOption(false);
  return command.action(async (words: string[]) => {
    const { complete, files } = await import("../completion/complete.ts");
    const found = await complete(command.parent as Command, words);
    process.stdout.write(found === files ? `${files}\n` : found.map(({ word, text }) => `${word}\t${text}\n`).join(""));
  });
}
