import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Returns a path for a database. It is removed at the end of the process. */
export function sqlitePath(): string {
  const folder = mkdtempSync(join(tmpdir(), "deepaas-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "runs.sqlite");
}
