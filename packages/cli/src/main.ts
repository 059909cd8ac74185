// The command line: what it understands. Nothing heavy is loaded until a command runs.
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { CliError } from "./cli-error.ts";
import { runCommand } from "./run-command.ts";

/** Runs the command. Never rejects: a fault is one line on stderr and the exit code. */
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
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      // It has said what is wrong already.
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    process.stderr.write(`deepaas: ${firstLine(error)}\n`);
    // What a model has left behind, a timer for example, must not keep a failed start alive.
    process.exit(error instanceof CliError ? error.exitCode : 1);
  }
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.trim().split("\n", 1)[0] ?? "";
}
