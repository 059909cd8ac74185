// A server of this process, and whoever loads it from another.
import { execFile } from "node:child_process";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

/** The port. */
export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** Runs a script of this folder in a process of its own; gives what it printed, which is JSON. */
export async function runScript<T>(name: string, argument: object): Promise<T> {
  const script = join(import.meta.dirname, name);
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(argument)]);
  return JSON.parse(stdout) as T;
}
