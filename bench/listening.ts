// Starts a server in this process, and scripts in other processes that send requests to it.
import { execFile } from "node:child_process";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

/** Starts the server and returns its port. */
export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** Runs a script of this folder in its own process, and returns the JSON that it prints. */
export async function runScript<T>(name: string, argument: object): Promise<T> {
  const script = join(import.meta.dirname, name);
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(argument)]);
  return JSON.parse(stdout) as T;
}
