// A container without an engine: the folders of the image, and a process with the user, the environment and the command that the
// Dockerfile says. With the rights for it, that process is the first of its own process namespace.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readDockerfile } from "./dockerfile.ts";
import { freePort } from "./free-port.ts";
import { isInstalled } from "./reverse-proxy.ts";
import { tempFolder } from "./temp-folder.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

export const isRoot = process.getuid?.() === 0;

/** With root it is of no account, so that each file of it was written by a container. Otherwise it is the user of the tests. */
export const userId = isRoot ? 61_234 : (process.getuid?.() ?? 0);

const mayUnshare = isRoot && spawnSync("unshare", ["--pid", "--fork", "--mount-proc", "true"]).status === 0;

/** Undefined if a container can be imitated here, otherwise what is missing. */
export const missing = ["tini", ...(isRoot ? ["setpriv"] : [])].find((program) => !isInstalled(program));

export interface Image extends Disposable {
  /** Has `app` and `model`. */
  readonly path: string;
}

/** Makes the folders as the Dockerfile does. */
export function makeImage(): Image {
  const folder = tempFolder();
  // Made for its owner alone; the user of a container must pass.
  chmodSync(folder.path, 0o755);
  const script = join(root, "deploy/image-folders.ts");
  const { status, stderr } = spawnSync(process.execPath, [script, folder.path], { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`image-folders.ts ended with ${status}: ${stderr}`);
  return folder;
}

export interface ContainerOptions {
  /** Folder in the place of the model of the image. */
  readonly model?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Container extends AsyncDisposable {
  readonly url: string;
  readonly home: string;
  readonly data: string;
  readonly temporary: string;
  /** Process 1. */
  pid(): number;
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
  readonly stderr: () => string;
  /** Runs another command in it, with the same user, environment and folder. */
  exec(...command: readonly string[]): Promise<{ readonly code: number | null; readonly stdout: string }>;
  /** Resolves with the exit code of the HEALTHCHECK. */
  checkHealth(): Promise<number | null>;
  /** Resolves when it serves and the HEALTHCHECK passes. Rejects if the container ends before. */
  healthy(): Promise<void>;
}

export async function startContainer(image: Image, { model, env }: ContainerOptions = {}): Promise<Container> {
  const config = readDockerfile("Dockerfile");
  const folder = tempFolder();
  chmodSync(folder.path, 0o755);
  const [home, data, temporary, bin] = ["home", "data", "tmp", "bin"].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const path of [home, data, temporary, bin]) mkdirSync(path, { mode: 0o755 });
  chmodSync(home, 0o555);
  for (const path of [data, temporary]) chownSync(path, userId, isRoot ? userId : (process.getgid?.() ?? 0));
  symlinkSync(join(image.path, "app/bin/deepaas.mjs"), join(bin, "deepaas"));
  const port = await freePort();
  const places: Readonly<Record<string, string>> = { "/data": data, "/tmp": temporary };
  const environment = {
    ...Object.fromEntries(Object.entries(config.env).map(([name, value]) => [name, places[value] ?? value])),
    HOME: home,
    TMPDIR: temporary,
    PATH: `${bin}:${dirname(process.execPath)}:/usr/bin:/bin`,
    DEEPAAS_LISTEN_PORT: String(port),
    ...env,
  };
  const cwd = model ?? image.path + config.workingFolder;
  const user = isRoot ? ["setpriv", "--reuid", userId, "--regid", userId, "--clear-groups", "--no-new-privs"] : [];
  const space = mayUnshare ? ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"] : [];
  const run = (...command: readonly string[]) => {
    const [program, ...args] = command;
    return spawn(program as string, args, { cwd, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  };
  // Outside of a namespace of its own, tini takes over the orphans of its descendants only with -s.
  const [init = "", ...rest] = config.entrypoint;
  const entrypoint = mayUnshare ? [init, ...rest] : [init, "-s", ...rest];
  const child = run(...space, ...user.map(String), ...entrypoint, ...config.command);
  let stderr = "";
  child.stdout.resume();
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, stderr }));
  const exec = async (...command: readonly string[]) => {
    const executed = run(...user.map(String), ...command);
    let stdout = "";
    executed.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    const [code] = await once(executed, "close");
    return { code: code as number | null, stdout };
  };
  const checkHealth = async () => (await exec(...config.healthCheck)).code;
  return {
    url: `http://127.0.0.1:${port}`,
    home,
    data,
    temporary,
    pid() {
      const [pid] = mayUnshare ? childrenOf(child.pid as number) : [child.pid];
      if (pid === undefined) throw new Error(`the container ended: ${stderr}`);
      return pid;
    },
    ended,
    stderr: () => stderr,
    exec,
    checkHealth,
    async healthy() {
      while (!(await fetch(`http://127.0.0.1:${port}/health/live`).catch(() => undefined))) {
        if (child.exitCode !== null) throw new Error(`the container ended: ${stderr}`);
        await sleep(20);
      }
      const code = await checkHealth();
      if (code !== 0) throw new Error(`the health check ended with ${code}`);
    },
    async [Symbol.asyncDispose]() {
      await kill(child, ended);
      chmodSync(home, 0o755);
      folder[Symbol.dispose]();
    },
  };
}

async function kill(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  for (const pid of childrenOf(child.pid as number)) process.kill(pid, "SIGKILL");
  child.kill("SIGKILL");
  await ended;
}

/** The ids of the children of a process, with those that have ended and that it has not waited for. */
export function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}
