// A Redis of its own for tests, from the package `redis-server`: never the service that the package starts.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { freePort } from "./free-port.ts";
import { serverProcess } from "./server-process.ts";

export interface RedisServer extends AsyncDisposable {
  /** `redis://127.0.0.1:port`; no password. */
  readonly url: string;
  readonly port: number;
  /** Kills it: it keeps nothing. */
  stop(): Promise<void>;
  /** Resolves when it accepts commands. */
  start(): Promise<void>;
}

const program = ["/usr/bin/redis-server", "/usr/local/bin/redis-server"].find((path) => existsSync(path));

/** Why there is no Redis here, for the title of a skipped test. Undefined in CI: there a test that needs one fails. */
export const redisMissing: string | undefined =
  program !== undefined || process.env.CI !== undefined ? undefined : "needs the package redis-server";

/**
 * Starts a server on 127.0.0.1 that keeps nothing on disk. It ends with `await using`, or with this process at the latest.
 * `settings` are those of `redis.conf`.
 */
export async function startRedis(settings: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
  if (program === undefined) throw new Error("Redis is missing: install the package redis-server.");
  const port = await freePort();
  const all = { port: String(port), bind: "127.0.0.1", save: "", appendonly: "no", ...settings };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const server = serverProcess({
    name: "Redis",
    signal: "SIGKILL",
    launch: () => spawn(program, args, { stdio: "ignore" }),
    isReady: () => isListening(port),
  });
  await server.start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    start: server.start,
    stop: server.stop,
    [Symbol.asyncDispose]: server.close,
  };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
