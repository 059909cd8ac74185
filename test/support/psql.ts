import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs statements with the client of PostgreSQL. Returns the rows as lines. */
export async function psql(url: string, ...statements: readonly string[]): Promise<readonly string[]> {
  const args = statements.flatMap((one) => ["-c", one]);
  const { stdout } = await promisify(execFile)("psql", ["-XAtq", "-v", "ON_ERROR_STOP=1", ...args, url]);
  return stdout.split("\n").filter((line) => line !== "");
}
