// Runs one command: its options, its errors and its exit code.

import { Command, CommanderError } from "commander";
import { CliError } from "./cli-error.ts";
import { commandList } from "./commands/command-list.ts";
import { didYouMean } from "./nearest.ts";
import { styled } from "./terminal/style.ts";

/**
 * The name under which the command was called. `deepaas-run` and `deepaas-cli` are those of the Python system; `create-deepaas` is
 * `deepaas new`.
 */
export type ProgramName = "deepaas" | "deepaas-run" | "deepaas-cli" | "create-deepaas";

export interface ProgramOptions {
  readonly name: ProgramName;
  readonly version: string;
}

/** Never rejects. Ends the process, unless the command is a server that goes on. */
export async function runProgram(given: readonly string[], { name, version }: ProgramOptions): Promise<void> {
  let args = given;
  try {
    if (name === "deepaas-cli") {
      const { deepaasCli } = await import("./python-names/deepaas-cli.ts");
      await deepaasCli(args);
      process.exit();
    }
    if (name === "create-deepaas") args = ["new", ...given];
    if (name === "deepaas-run") args = (await import("./python-names/deepaas-run.ts")).argsOfDeepaasRun(given);
    const program = new Command("deepaas")
      .version(version, "-v, --version")
      .helpCommand(false)
      .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "deepaas: ")) })
      .exitOverride();
    await addCommand(program, args);
    await program.parseAsync(args, { from: "user" });
    // A timer of a model must not keep a command alive that has done its work. A server goes on.
    if (program.args[0] !== "run" || args.includes("--print-config")) process.exit();
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has already written the error. Its code 1 is that of wrong usage.
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    const debug = args.includes("--debug") || /^(?:1|true|yes|on)$/i.test(process.env.DEEPAAS_DEBUG ?? "");
    // A timer of a model must not keep the process alive after a failed start.
    process.exit(await report(error, debug));
  }
}

/** Adds the command that is called. Throws a CliError if there is none of this name. */
async function addCommand(program: Command, args: readonly string[]): Promise<void> {
  const [name = ""] = args;
  const add = (command: Command) => program.addCommand(command.copyInheritedSettings(program));
  const entry = commandList.find((one) => one.name === name);
  if (entry) add(await entry.load());
  else if (name === "__complete") {
    const { completeCommand } = await import("./commands/completion-command.ts");
    program.addCommand(completeCommand());
    for (const { load } of commandList) add(await load());
  } else if (name !== "--version") throw noCommand(args);
}

function noCommand(args: readonly string[]): CliError {
  const [name = ""] = args;
  const hasModule = args.some((arg) => /\.[cm]?[jt]s$/.test(arg));
  const meant = hasModule
    ? ""
    : didYouMean(
        name,
        commandList.map((one) => one.name),
      );
  const hint = hasModule ? `deepaas run ${args.join(" ")}` : "deepaas --help lists the commands";
  return new CliError("invalid_args", `${name} is not a command${meant}`, { hint });
}

const tokenHint = "give a key or a token with --token, or set DEEPAAS_TOKEN";

/** Writes the error, and returns the exit code. */
async function report(error: unknown, debug: boolean): Promise<number> {
  const [{ DeepaasError, errorText }, { exitCodeOf }] = await Promise.all([
    import("@deepaas/core"),
    import("@deepaas/protocol"),
  ]);
  const lines = [`${styled("red", "deepaas:", process.stderr)} ${errorText(error)}`];
  // The first is in the message.
  if (DeepaasError.is(error))
    for (const { pointer, message } of error.issues?.slice(1) ?? []) lines.push(`  ${pointer}: ${message}`);
  const isUnknownCaller = DeepaasError.is(error) && error.code === "unauthenticated";
  const hint = error instanceof CliError ? error.hint : isUnknownCaller ? tokenHint : undefined;
  if (hint !== undefined) lines.push(`  ${hint}`);
  if (debug && error instanceof Error) lines.push(error.stack ?? "");
  process.stderr.write(`${lines.join("\n")}\n`);
  return exitCodeOf(error instanceof CliError || DeepaasError.is(error) ? error.code : "internal");
}
