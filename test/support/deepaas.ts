// The `deepaas` command as a user runs it: a real process.
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const entry = pathToFileURL(require.resolve("@deepaas/cli"));
export const bin = fileURLToPath(new URL("../bin/deepaas.mjs", entry));
export const helloModule = fileURLToPath(new URL("../../examples/hello/hello.ts", import.meta.url));

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** True: keeps its runs on disk, where the arguments say or in `cwd`. Default false: in memory, so that tests are independent. */
  readonly keeps?: boolean;
  /** The name of the command. Default "deepaas". */
  readonly name?: "deepaas" | "deepaas-run" | "deepaas-cli";
  /** Called with each piece of stdout. */
  readonly onStdout?: (text: string, child: ChildProcess) => void;
  /** A command that executes it, such as `prlimit`, with its arguments. */
  readonly through?: readonly string[];
  /** Leads a process group of its own, as a command that is started from a terminal. Default false. */
  readonly group?: boolean;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment of the tests without what changes the command. */
export function deepaasEnv(): NodeJS.ProcessEnv {
  return { ...process.env, DEEPAAS_INSECURE: undefined, NODE_OPTIONS: undefined };
}

function start(
  args: readonly string[],
  { cwd, env, name = "deepaas", onStdout, through = [], group = false }: RunOptions,
) {
  const mark = randomUUID();
  const [command, ...rest] = [...through, process.execPath, join(dirname(bin), `${name}.mjs`), ...args];
  const child = spawn(command as string, rest, {
    ...(cwd !== undefined && { cwd }),
    env: { ...deepaasEnv(), DEEPAAS_STORY: mark, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: group,
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.stdout += text;
    onStdout?.(text, child);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.stderr += text;
  });
  const ended = once(child, "close").then(
    ([code, signal]): Ended => ({ code: code as number | null, signal: signal as NodeJS.Signals | null, ...said }),
  );
  return { child, mark, said, ended };
}

/** Runs a command that ends by itself. */
export function runDeepaas(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return start(args, options).ended;
}

/** A command that runs until it is told to end, or for long. */
export interface Running extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** See `Launched`. */
  processes(): readonly number[];
}

export function startDeepaas(args: readonly string[], options: RunOptions = {}): Running {
  const { child, mark, ended } = start(args, options);
  return {
    child,
    ended,
    processes: () => processesOf(child, mark),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** A server that may not serve yet. */
export interface Launched extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Returns its URL without a trailing slash. Rejects if it exits before it serves. */
  readonly ready: Promise<string>;
  readonly ended: Promise<Ended>;
  readonly said: { readonly stdout: string; readonly stderr: string };
  /** Ends it with a signal. */
  end(signal?: NodeJS.Signals): Promise<Ended>;
  /** The process and its running descendants; only the process where there is no `/proc`. */
  processes(): readonly number[];
}

export interface Served extends Launched {
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
}

/** `deepaas run …` on a free port. */
export function launchDeepaas(args: readonly string[], options: RunOptions = {}): Launched {
  const where = options.keeps ? [] : ["--no-store"];
  const { child, mark, said, ended } = start(["run", "--listen-port", "0", ...where, ...args], options);
  const serving = new Promise<string>((resolve) => {
    child.stdout.on("data", () => {
      const [, url] = /^deepaas is serving .* at (http:\S+?)\/?$/m.exec(said.stdout) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
  const ready = Promise.race([
    serving,
    ended.then(({ code, signal, stderr }) => {
      throw new Error(`deepaas ended with ${code ?? signal}: ${stderr}`);
    }),
  ]);
  ready.catch(() => {});
  const end = (signal: NodeJS.Signals = "SIGTERM") => {
    child.kill(signal);
    return ended;
  };
  return {
    child,
    ready,
    ended,
    said,
    end,
    processes: () => processesOf(child, mark),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await end("SIGKILL");
    },
  };
}

/** The same, once it says that it serves. */
export async function serveDeepaas(args: readonly string[], options: RunOptions = {}): Promise<Served> {
  const launched = launchDeepaas(args, options);
  const url = await launched.ready;
  return { ...launched, url, port: Number(new URL(url).port) };
}

function processesOf(child: ChildProcess, mark: string): readonly number[] {
  if (existsSync("/proc/self/environ")) return processesMarked(mark);
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null ? [] : [child.pid];
}

function processesMarked(mark: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").includes(mark);
      } catch {
        return false;
      }
    })
    .map(Number);
}
