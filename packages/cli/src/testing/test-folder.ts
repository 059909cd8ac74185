// A directory for the files of one test.
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Returns the path of an empty directory that is removed after the test. */
export async function testFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "deepaas-test-")));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
