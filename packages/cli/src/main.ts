// The command line. What a command needs is loaded only when it runs.
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { CliError } from "./cli-error.ts";
import { addVersionCommand } from "./commands/add-version-command.ts";
import { runCommand } from "./commands/run-command.ts";
import { styled } from "./terminal/style.ts";

const commands = [runCommand, addVersionCommand];

/** Runs the command. Never rejects: an error is one line on stderr, a hint, and an exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    readonly version: string;
  };
  const program = new Command("deepaas")
    .description("Serves machine-learning models over REST and WebSocket.")
    .version(version, "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "deepaas: ")) })
    .exitOverride();
  for (const command of commands) program.addCommand(command().copyInheritedSettings(program));
  try {
    const [first = ""] = args;
    if (/\.[cm]?[jt]s$/.test(first)) {
      throw new CliError("invalid_args", `${first} is not a command`, { hint: `deepaas run ${args.join(" ")}` });
    }
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has already written the error. Its code 1 is that of wrong usage.
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    // A timer of a model must not keep the process alive after a failed start.
    process.exit(await report(error));
  }
}

/** Writes the error, and returns the exit code. */
async function report(error: unknown): Promise<number> {
  const [{ DeepaasError, errorText }, { exitCodeOf }] = await Promise.all([
    import("@deepaas/core"),
    import("@deepaas/protocol"),
  ]);
  process.stderr.write(`${styled("red", "deepaas:", process.stderr)} ${errorText(error)}\n`);
  if (error instanceof CliError && error.hint) process.stderr.write(`  ${error.hint}\n`);
  if (process.env.DEEPAAS_DEBUG && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
  return exitCodeOf(error instanceof CliError || DeepaasError.is(error) ? error.code : "internal");
}
