// The command line. What a command needs is loaded only when it runs.
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { CliError } from "./cli-error.ts";
import { addVersionCommand } from "./commands/add-version-command.ts";
import { benchCommand } from "./commands/bench-command.ts";
import { cancelCommand, removeCommand } from "./commands/cancel-command.ts";
import { checkCommand } from "./commands/check-command.ts";
import { completeCommand, completionCommand } from "./commands/completion-command.ts";
import { describeCommand, metadataCommand, warmCommand } from "./commands/describe-command.ts";
import { doctorCommand } from "./commands/doctor-command.ts";
import { exportCommand } from "./commands/export-command.ts";
import { newCommand } from "./commands/new-command.ts";
import { predictCommand } from "./commands/predict-command.ts";
import { runCommand } from "./commands/run-command.ts";
import { runsCommand } from "./commands/runs-command.ts";
import { trainCommand } from "./commands/train-command.ts";
import { serveVersionCommand, versionsCommand } from "./commands/versions-command.ts";
import { watchCommand } from "./commands/watch-command.ts";
import { styled } from "./terminal/style.ts";

const commands = [
  runCommand,
  newCommand,
  predictCommand,
  trainCommand,
  watchCommand,
  runsCommand,
  cancelCommand,
  removeCommand,
  exportCommand,
  versionsCommand,
  serveVersionCommand,
  addVersionCommand,
  describeCommand,
  metadataCommand,
  warmCommand,
  checkCommand,
  benchCommand,
  doctorCommand,
  completionCommand,
];

export interface MainOptions {
  /**
   * The name under which the command was called. `deepaas-run` and `deepaas-cli` are those of the Python system;
   * `create-deepaas` is `deepaas new`. Default "deepaas".
   */
  readonly name?: "deepaas" | "deepaas-run" | "deepaas-cli" | "create-deepaas";
}

/** Runs the command. Never rejects: an error is one line on stderr, a hint, and an exit code. */
export async function main(given: readonly string[], { name = "deepaas" }: MainOptions = {}): Promise<void> {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    readonly version: string;
  };
  const program = new Command("deepaas")
    .description("Serves, calls, trains and watches machine-learning models.")
    .version(version, "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "deepaas: ")) })
    .exitOverride();
  for (const command of commands) program.addCommand(command().copyInheritedSettings(program));
  program.addCommand(completeCommand(), { hidden: true });
  let args = given;
  try {
    if (name === "deepaas-cli") {
      const { deepaasCli } = await import("./python-names/deepaas-cli.ts");
      await deepaasCli(args);
      process.exit();
    }
    if (name === "create-deepaas") args = ["new", ...given];
    if (name === "deepaas-run") args = (await import("./python-names/deepaas-run.ts")).argsOfDeepaasRun(given);
    const [first = ""] = args;
    const isCommand =
      program.commands.some((command) => command.name() === first) || /^(?:-v|--version|-h|--help)$/.test(first);
    if (!isCommand && args.some((arg) => /\.[cm]?[jt]s$/.test(arg))) {
      throw new CliError("invalid_args", `${first} is not a command`, { hint: `deepaas run ${args.join(" ")}` });
    }
    await program.parseAsync(args, { from: "user" });
    // A timer of a model must not keep a command alive that has done its work. A server goes on.
    if (program.args[0] !== "run" || args.includes("--print-config")) process.exit();
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has already written the error. Its code 1 is that of wrong usage.
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    // A timer of a model must not keep the process alive after a failed start.
    process.exit(
      await report(error, args.includes("--debug") || /^(?:1|true|yes|on)$/i.test(process.env.DEEPAAS_DEBUG ?? "")),
    );
  }
}

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
  if (error instanceof CliError && error.hint) lines.push(`  ${error.hint}`);
  if (debug && error instanceof Error) lines.push(error.stack ?? "");
  process.stderr.write(`${lines.join("\n")}\n`);
  return exitCodeOf(error instanceof CliError || DeepaasError.is(error) ? error.code : "internal");
}
