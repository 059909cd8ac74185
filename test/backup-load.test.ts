// Backups of a server that trains, removes runs and deletes old ones meanwhile.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { busyModule, checkBusyServer, startLoad } from "./support/busy-model.ts";
import { runDeepaas, serveDeepaas } from "./support/deepaas.ts";
import { tempFolder } from "./support/temp-folder.ts";

const memory = "/dev/shm";
const hasMemoryDisk = statSync(memory, { throwIfNoEntry: false })?.isDirectory() === true;

/** Two folders on different file systems, if there are: on one of them files are linked, to the other one copied. */
function folders(path: string): readonly [string, string] {
  const near = join(path, "near");
  mkdirSync(near);
  if (!hasMemoryDisk) return [near, near];
  const far = mkdtempSync(join(memory, "deepaas-story-"));
  onTestFinished(() => rmSync(far, { recursive: true, force: true }));
  return [near, far];
}

test("each backup of a server under load is restored with dense logs, right files and the served weights", {
  timeout: 300_000,
}, async () => {
  using folder = tempFolder({ "busy.mjs": busyModule });
  const options = { cwd: folder.path, keeps: true };
  const [near, far] = folders(folder.path);
  const backups = [join(near, "1"), join(far, "2"), join(near, "3"), join(far, "4")];
  {
    await using served = await serveDeepaas(
      ["busy.mjs", "--train-workers", "3", "--keep-runs", "4", "--keep-versions", "2"],
      options,
    );
    const load = startLoad(served, 3);
    await expect.poll(() => load.ended.length, { timeout: 60_000 }).toBeGreaterThan(4);
    for (const target of backups) {
      const { code, stdout, stderr } = await runDeepaas(["backup", target, "--json"], { cwd: folder.path });
      expect([code, stderr]).toEqual([0, ""]);
      expect(JSON.parse(stdout)).toMatchObject({ path: target, runs: expect.any(Number) });
    }
    expect([readdirSync(near), readdirSync(far)].flat().every((name) => /^\d$/.test(name))).toBe(true);
    await load.stop();
    expect((await served.end()).code).toBe(0);
  }
  let resumed = 0;
  for (const [i, target] of backups.entries()) {
    const data = join(folder.path, `restored-${i}`);
    const restored = await runDeepaas(["restore", target, "--data-dir", data]);
    expect([restored.code, restored.stderr]).toEqual([0, ""]);
    await using served = await serveDeepaas(["busy.mjs", "--data-dir", data, "--train-workers", "3"], options);
    const checked = await checkBusyServer(served);
    expect(checked.runs).toBeGreaterThan(0);
    resumed += checked.resumed;
    expect((await served.end()).code).toBe(0);
    // The blobs of the backup, as those of the data directory, have their content still.
    const again = await runDeepaas(["restore", target, "--data-dir", `${data}-again`]);
    expect([again.code, again.stderr]).toEqual([0, ""]);
  }
  // Runs that were running at the moment of a backup went on from their checkpoints.
  expect(resumed).toBeGreaterThan(0);
});
