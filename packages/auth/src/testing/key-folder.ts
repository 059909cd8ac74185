import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Returns the path of a key file that does not exist yet, in a new folder. */
export function newKeyFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "deepaas-auth-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "keys.json");
}
