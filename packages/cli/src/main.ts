// The command line. The packages that serve are loaded only when a command runs.
import { readFileSync } from "node:fs";
import { errorText } from "@deepaas/core";
import { exitCodeOf } from "@deepaas/protocol";
import { Command, CommanderError } from "commander";
import { addVersionCommand } from "./add-version-command.ts";
import { CliError } from "./cli-error.ts";
import { runCommand } from "./run-command.ts";

/** Runs the command. Never rejects: an error is one line on stderr and an exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    readonly version: string;
  };
  const program = new Command("deepaas")
    .description("Serves model modules over REST and WebSocket.")
    .version(version, "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "deepaas: ")) })
    .exitOverride();
  program.addCommand(runCommand().copyInheritedSettings(program));
  program.addCommand(addVersionCommand().copyInheritedSettings(program));
  const [first = ""] = args;
  if (/\.[cm]?[jt]s$/.test(first)) {
    process.stderr.write(`deepaas: ${first} is not a command; did you mean deepaas run ${args.join(" ")}?\n`);
    process.exitCode = exitCodeOf("invalid_args");
    return;
  }
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has already written the error.
      process.exitCode = error.exitCode === 0 ? 0 : exitCodeOf("invalid_args");
      return;
    }
    process.stderr.write(`deepaas: ${errorText(error)}\n`);
    // A timer of a model must not keep the process alive after a failed start.
    process.exit(error instanceof CliError ? error.exitCode : exitCodeOf("internal"));
  }
}
