// A PostgreSQL of its own for tests, from the programs of the package `postgresql`: never the service that the package starts.
import { execFile, execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";
import { serverProcess } from "./server-process.ts";

export interface PostgresServer extends AsyncDisposable {
  /** `postgres://postgres@127.0.0.1:port/postgres`; no password. */
  readonly url: string;
  readonly port: number;
  /** Ends it at once, as a crash does: it keeps what was committed. */
  stop(): Promise<void>;
  /** Resolves when it accepts queries. */
  start(): Promise<void>;
  /** Creates an empty database and returns its URL: tests with a database of their own can use one server. */
  createDatabase(): Promise<string>;
}

const programs = findPrograms();

/** Why there is no PostgreSQL here, for the title of a skipped test. Undefined in CI: there a test that needs one fails. */
export const postgresMissing: string | undefined =
  programs !== undefined || process.env.CI !== undefined ? undefined : "needs the programs of the package postgresql";

/**
 * Starts a server on 127.0.0.1 with its data in a temporary folder, which is removed with `await using`. It ends with this process
 * at the latest. `settings` are those of `postgresql.conf`.
 */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
  if (programs === undefined) throw new Error("PostgreSQL is missing: install the package postgresql.");
  const folder = mkdtempSync(join(tmpdir(), "deepaas-postgres-"));
  chmodSync(folder, 0o700);
  const data = join(folder, "data");
  const options = { ...userFor(folder), cwd: folder, env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8" } };
  const init = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "-D", data];
  execFileSync(join(programs, "initdb"), init, { ...options, stdio: "ignore" });
  const port = await freePort();
  const all = { listen_addresses: "127.0.0.1", unix_socket_directories: folder, ...settings };
  const set = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const server = serverProcess({
    name: "PostgreSQL",
    // An immediate shutdown.
    signal: "SIGQUIT",
    launch: () =>
      spawn(join(programs, "postgres"), ["-D", data, "-p", String(port), ...set], { ...options, stdio: "ignore" }),
    isReady: () => isReady(port),
  });
  await server.start();
  const urlOf = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;
  let databases = 0;
  return {
    url: urlOf("postgres"),
    port,
    start: server.start,
    stop: server.stop,
    async createDatabase() {
      const name = `test_${++databases}`;
      await run("createdb", [...addressOf(port), name]);
      return urlOf(name);
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** True if it accepts queries. */
export function isReady(port: number): Promise<boolean> {
  return run("pg_isready", ["-q", ...addressOf(port)]).then(
    () => true,
    () => false,
  );
}

const addressOf = (port: number) => ["-h", "127.0.0.1", "-p", String(port), "-U", "postgres"];

const run = (program: string, args: readonly string[]) => promisify(execFile)(join(programs as string, program), args);

/** The programs refuse to run as root: then as the user of the package, who gets the folder. */
export function userFor(folder: string): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  execFileSync("chown", ["postgres", folder]);
  const [uid, gid] = ["-u", "-g"].map((flag) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" })));
  return { uid: uid as number, gid: gid as number };
}

/** Debian has no links in /usr/bin for those of the server. */
function findPrograms(): string | undefined {
  const versions = "/usr/lib/postgresql";
  const ofDebian = existsSync(versions) ? readdirSync(versions).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...ofDebian.map((version) => join(versions, version, "bin")), "/usr/local/bin", "/usr/bin"];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
}
