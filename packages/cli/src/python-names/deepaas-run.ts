// The command line of the Python server, `deepaas-run`, in the options of `deepaas run`.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { runSettings } from "../settings/run-settings.ts";
import type { Setting } from "../settings/setting.ts";

/** Long options by name, and whether they take a value. The first group is that of this command, the second means nothing here. */
const options = new Map<string, boolean>([
  ...Object.values<Setting>(runSettings).map(({ flag, type }) => {
    const name = (flag.split(" ")[0] as string).replace(/^--(?:no-)?/, "");
    return [name, type !== "boolean"] as const;
  }),
  ["print-config", false],
  ["version", false],
  ["help", false],
  ["config-dir", true],
  ["shell_completion", true],
]);
const ignored: ReadonlySet<string> = new Set(["warm", "nowarm"]);
const short: Readonly<Record<string, string>> = { "-p": "--workers", "-d": "--debug" };

/**
 * Returns the arguments for `deepaas`. `--nodebug` becomes `--no-debug`, a unique prefix the whole name, and `--config-dir` its files.
 * What is not known is left as it is, so that the command refuses it.
 */
export function argsOfDeepaasRun(args: readonly string[]): readonly string[] {
  const translated: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = short[args[i] as string] ?? (args[i] as string);
    const [, given, value] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (given === undefined) {
      translated.push(arg);
      continue;
    }
    const name = wholeName(given);
    if (name === undefined || ignored.has(name)) {
      if (name === undefined) translated.push(arg);
      continue;
    }
    const takesValue = options.get(name.replace(/^no-/, "")) === true;
    const text = value ?? (takesValue ? args[++i] : undefined);
    if (name === "shell_completion") return ["completion", ...(text === undefined ? [] : [text])];
    if (name === "version") return ["--version"];
    if (name === "config-dir") translated.push(...filesIn(text ?? "").flatMap((file) => ["--config-file", file]));
    else translated.push(`--${name}`, ...(text === undefined ? [] : [text]));
  }
  return ["run", "--raw-predictions", ...translated];
}

/** As the Python server, which takes every unique prefix. */
function wholeName(given: string): string | undefined {
  const names = [...options].flatMap(([name, takesValue]) => (takesValue ? [name] : [name, `no${name}`, `no-${name}`]));
  const all = [...names, ...ignored];
  const found = all.includes(given) ? [given] : all.filter((name) => name.startsWith(given) && !name.startsWith("no-"));
  const [only] = found;
  if (only === undefined || found.length > 1) return undefined;
  return options.has(only) || ignored.has(only) ? only : `no-${only.replace(/^no-?/, "")}`;
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".conf"))
    .sort()
    .map((file) => join(folder, file));
}
