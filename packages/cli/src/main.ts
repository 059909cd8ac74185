// The command line. `--help` and `--version` load next to nothing; what a command needs is loaded when it runs.
import { readFileSync } from "node:fs";
import { commandList } from "./commands/command-list.ts";
import type { ProgramName } from "./program.ts";

export interface MainOptions {
  /** Default "deepaas". */
  readonly name?: ProgramName;
}

/** Runs the command. Never rejects: an error is one line on stderr, a hint, and an exit code. */
export async function main(args: readonly string[], { name = "deepaas" }: MainOptions = {}): Promise<void> {
  if (name === "deepaas") {
    const [first] = args;
    if (first === "-h" || first === "--help") return void process.stdout.write(helpText());
    if (first === "-v" || first === "--version") return void process.stdout.write(`${version()}\n`);
    if (first === undefined) {
      process.stderr.write(helpText());
      process.exitCode = 2;
      return;
    }
  }
  const { runProgram } = await import("./program.ts");
  await runProgram(args, { name, version: version() });
}

function version(): string {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

function helpText(): string {
  const width = Math.max(...commandList.map(({ name }) => name.length)) + 2;
  return [
    "Usage: deepaas <command> [options]",
    "",
    "Serves, calls, trains and watches machine-learning models.",
    "",
    "Commands:",
    ...commandList.map(({ name, description }) => `  ${name.padEnd(width)}${description}`),
    "",
    "  deepaas <command> --help shows the options of a command; -v, --version prints the version.",
    "",
  ].join("\n");
}
