// Real servers for the tests, from Debian's packages: never the ones that the packages start. They end with the test process.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const postgresBin = findPostgres();
const redisBin = ["/usr/bin/redis-server", "/usr/local/bin/redis-server"].find((path) => existsSync(path));

/** False outside of CI if a server is not installed: then its tests are skipped. */
export const hasPostgres = postgresBin !== undefined || process.env.CI !== undefined;
export const hasRedis = redisBin !== undefined || process.env.CI !== undefined;

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Kills it, and starts it again with what it has kept on disk. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export async function startRedis(): Promise<TestServer> {
  if (redisBin === undefined) throw new Error("redis-server is needed here; .ci/run installs it");
  const port = await freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  return running(`redis://127.0.0.1:${port}`, () => spawn(redisBin, args, { stdio: "ignore" }), {
    isReady: () => isListening(port),
    signal: "SIGKILL",
  });
}

export async function startPostgres(): Promise<TestServer> {
  if (postgresBin === undefined) throw new Error("postgresql is needed here; .ci/run installs it");
  const folder = mkdtempSync(join(tmpdir(), "deepaas-postgres-"));
  const isRoot = process.getuid?.() === 0;
  // initdb refuses to run as root.
  const [uid, gid] = isRoot ? (["-u", "-g"].map((flag) => idOf(flag)) as [number, number]) : [undefined, undefined];
  const options = { stdio: "ignore", ...(isRoot && { uid, gid }) } as const;
  if (isRoot) execFileSync("chown", ["postgres", folder]);
  chmodSync(folder, 0o700);
  const data = join(folder, "data");
  execFileSync(join(postgresBin, "initdb"), ["-A", "trust", "-U", "postgres", "-N", "-D", data], options);
  const port = await freePort();
  const args = ["-D", data, "-p", String(port), "-k", folder, "-c", "listen_addresses=127.0.0.1"];
  const isReady = () =>
    spawnSync(join(postgresBin, "pg_isready"), ["-h", "127.0.0.1", "-p", String(port)]).status === 0;
  const server = await running(
    `postgres://postgres@127.0.0.1:${port}/postgres`,
    () => spawn(join(postgresBin, "postgres"), args, options),
    // Immediate shutdown: as after a crash.
    { isReady: async () => isReady(), signal: "SIGQUIT" },
  );
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface How {
  readonly isReady: () => Promise<boolean>;
  readonly signal: NodeJS.Signals;
}

async function running(url: string, launch: () => ChildProcess, { isReady, signal }: How): Promise<TestServer> {
  let child: ChildProcess | undefined;
  const kill = () => void child?.kill(signal);
  process.once("exit", kill);
  const start = async () => {
    child = launch();
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the server of ${url} ended with ${child.exitCode}`);
      if (await isReady()) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const stop = async () => {
    const ending = child;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((resolve) => ending.once("exit", resolve));
    kill();
    await ended;
  };
  await start();
  return {
    url,
    get pid() {
      return child?.pid as number;
    },
    start,
    stop,
    async restart() {
      await stop();
      await start();
    },
    async [Symbol.asyncDispose]() {
      process.off("exit", kill);
      await stop();
    },
  };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function findPostgres(): string | undefined {
  const versions = "/usr/lib/postgresql";
  if (!existsSync(versions)) return undefined;
  const newest = readdirSync(versions)
    .sort((a, b) => Number(b) - Number(a))
    .find((version) => existsSync(join(versions, version, "bin/initdb")));
  return newest === undefined ? undefined : join(versions, newest, "bin");
}

function idOf(flag: string): number {
  return Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
}
