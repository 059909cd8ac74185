// What `deepaas backup` and `deepaas restore` refuse, and what is left of them when they fail or are killed.
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { connectRest } from "@deepaas/client";
import { modelFile } from "@deepaas/core";
import { directoryBlobs, sqliteStore } from "@deepaas/sqlite";
import { expect, test, vi } from "vitest";
import { helloModule, runDeepaas, serveDeepaas, startDeepaas } from "./support/deepaas.ts";
import { pageFolder, runPage } from "./support/page-script.ts";
import { type TempFolder, tempFolder } from "./support/temp-folder.ts";

// Several commands start one after the other, and the machine may be slow.
vi.setConfig({ testTimeout: 60_000 });

/** A data directory `data` with one version of the weights of each model. */
async function folderWithData(weights: Readonly<Record<string, Uint8Array>> = { hello: randomBytes(100) }) {
  const folder = tempFolder({ "backups/.keep": "" });
  rmSync(`${folder.path}/backups/.keep`);
  const path = join(folder.path, "data");
  mkdirSync(path, { mode: 0o700 });
  const store = sqliteStore({ path: join(path, "runs.db") });
  await store.open({ id: "test" });
  const blobs = directoryBlobs({ path: join(path, "blobs") });
  for (const [model, bytes] of Object.entries(weights)) {
    const blob = await blobs.put(modelFile(bytes));
    await store.addVersion({ model, metrics: {}, blob });
  }
  await store.close();
  writeFileSync(join(path, "grants.key"), randomBytes(32), { mode: 0o600 });
  return folder;
}

const deepaas = (folder: TempFolder, args: string, through: readonly string[] = []) =>
  runDeepaas([...args.split(" "), "--data-dir", "data"], { cwd: folder.path, through });

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted();
}

function blobOf(backup: string): string {
  const [name = ""] = filesIn(backup).filter((one) => /^blobs\/..\/[^/]+\/./.test(one));
  return join(backup, name);
}

/** Root may write everywhere, unless it drops that capability. */
const asUser = process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] : [];

test("a backup has what a server needs, and nothing of the server itself", async () => {
  using folder = await folderWithData();
  await using served = await serveDeepaas([helloModule, "--data-dir", "data"], { cwd: folder.path, keeps: true });
  writeFileSync(`${folder.path}/data/blobs/tmp/half`, "half a file");
  const ended = await deepaas(folder, "backup backups/one");
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  expect(ended.stdout).toMatch(/^backed up 0 runs and 1 file of data to backups\/one \(\S+ kB\)\n$/);
  const backup = `${folder.path}/backups/one`;
  expect(readdirSync(backup).toSorted()).toEqual([".gitignore", "backup.json", "blobs", "grants.key", "runs.db"]);
  expect(filesIn(`${backup}/blobs`)).toHaveLength(3);
  expect(readFileSync(`${backup}/grants.key`)).toEqual(readFileSync(`${folder.path}/data/grants.key`));
  expect(existsSync(`${folder.path}/data/server.json`)).toBe(true);
  expect((await served.end()).code).toBe(0);
});

test.each([
  ["a directory that is not empty", "backup full", /^deepaas: full is not empty\n .*never overwrites/],
  ["a file", "backup file", /^deepaas: file is not a directory\n/],
  ["a directory on a disk that is not mounted", "backup no/disk", /^deepaas: there is no directory \/.*no\n/],
  ["a directory in the data directory", "backup data/backup", /^deepaas: data\/backup is in the data directory/],
  ["a data directory without runs", "backup new --data-dir full", /^deepaas: there are no runs in full\n/],
])("%s is refused as the target of a backup", async (_, args, message) => {
  using folder = await folderWithData();
  mkdirSync(`${folder.path}/full`);
  writeFileSync(`${folder.path}/full/mine`, "");
  writeFileSync(`${folder.path}/file`, "");
  const before = filesIn(folder.path);
  const words = args.includes("--data-dir") ? args.split(" ") : [...args.split(" "), "--data-dir", "data"];
  const { code, stdout, stderr } = await runDeepaas(words, { cwd: folder.path });
  expect([code, stdout]).toEqual([args.includes("data/backup") ? 2 : 1, ""]);
  expect(stderr).toMatch(message);
  expect(filesIn(folder.path)).toEqual(before);
});

test("an empty directory is filled, and a second backup has the same files", async () => {
  using folder = await folderWithData();
  mkdirSync(`${folder.path}/backups/empty`);
  expect((await deepaas(folder, "backup backups/empty")).code).toBe(0);
  expect((await deepaas(folder, "backup backups/next")).code).toBe(0);
  expect(filesIn(`${folder.path}/backups/next`)).toEqual(filesIn(`${folder.path}/backups/empty`));
});

test("without permission nothing is left, and the error says where", async () => {
  using folder = await folderWithData();
  chmodSync(`${folder.path}/backups`, 0o500);
  const target = await deepaas(folder, "backup backups/one", asUser);
  expect(target).toMatchObject({ code: 1, stderr: "deepaas: cannot write backups/one: permission denied\n" });
  chmodSync(`${folder.path}/backups`, 0o700);
  chmodSync(`${folder.path}/data`, 0);
  const source = await deepaas(folder, "backup backups/one", asUser);
  expect(source).toMatchObject({ code: 1, stderr: "deepaas: cannot read data: permission denied\n" });
  chmodSync(`${folder.path}/data`, 0o700);
  expect(readdirSync(`${folder.path}/backups`)).toEqual([]);
});

const mayMount = spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;
const fullDisks = Object.entries({
  "files may not grow": ["prlimit", "--fsize=60000:"],
  ...(mayMount && {
    "the disk is full": [
      ...["unshare", "--mount", "sh", "-c"],
      'mount -t tmpfs -o size=200k none backups && { "$@"; code=$?; ls -A backups; exit $code; }',
      "sh",
    ],
  }),
});

test.skipIf(spawnSync("prlimit").error && !process.env.CI).each(fullDisks)(
  "while %s a backup fails with a clear error and leaves nothing (needs prlimit)",
  async (_, through) => {
    using folder = await folderWithData({ hello: randomBytes(300_000) });
    const { code, stdout, stderr } = await deepaas(folder, "backup backups/one", through);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^deepaas: cannot write backups\/one: .*(?:no space|full|too large|disk).*\n$/);
    expect(readdirSync(`${folder.path}/backups`)).toEqual([]);
  },
);

test("a backup that is killed never looks like one, and the next one removes what it left", async () => {
  const models = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`m${i}`, randomBytes(2_000)]));
  using folder = await folderWithData(models);
  const backups = `${folder.path}/backups`;
  let left = 0;
  for (const [i, ms] of [0, 5, 20, 60].entries()) {
    for (const signal of ["SIGKILL", "SIGTERM"] as const) {
      const target = `backups/${signal}-${i}`;
      // The backup will remove them.
      const known = readdirSync(backups);
      await using running = startDeepaas(["backup", target, "--data-dir", "data"], { cwd: folder.path });
      await Promise.race([running.ended, untilFilling(backups, known)]);
      await sleep(ms);
      running.child.kill(signal);
      const ended = await running.ended;
      const isComplete = existsSync(`${folder.path}/${target}`);
      if (isComplete) expect((await deepaas(folder, `restore ${target} --force`)).code).toBe(0);
      const rest = readdirSync(backups).filter((name) => name.startsWith("deepaas-backup-"));
      if (signal === "SIGKILL") left += rest.length;
      else {
        expect(rest).toEqual([]);
        if (!isComplete)
          expect(ended).toMatchObject({ code: 143, stderr: "deepaas: interrupted, no backup was made\n" });
      }
    }
  }
  expect(left).toBeGreaterThan(0);
  expect((await deepaas(folder, "backup backups/last")).code).toBe(0);
  expect(readdirSync(backups).filter((name) => name.startsWith("deepaas-"))).toEqual([]);
});

/** Resolves when the database is in a temporary folder that is not known. */
async function untilFilling(backups: string, known: readonly string[]): Promise<void> {
  for (;;) {
    const names = readdirSync(backups).filter((name) => !known.includes(name));
    if (names.some((name) => existsSync(`${backups}/${name}/data/runs.db`))) return;
    await sleep(1);
  }
}

test.each<[string, (backup: string) => void, RegExp]>([
  [
    "a directory that is no backup",
    (backup) => rmSync(`${backup}/backup.json`),
    /is not a backup: it has no backup\.json/,
  ],
  ["half a manifest", (backup) => writeFileSync(`${backup}/backup.json`, '{"format":1,'), /damaged: backup\.json: /],
  [
    "a manifest without files",
    (backup) => changeManifest(backup, { files: [] }),
    /damaged: backup\.json is not complete/,
  ],
  ["a manifest of a newer version", (backup) => changeManifest(backup, { format: 2 }), /made by a newer version/],
  [
    "a manifest with another path",
    (backup) => changeManifest(backup, { files: [{ path: "blobs/../../data/runs.db", size: 1, sha256: "" }] }),
    /damaged: backup\.json is not complete/,
  ],
  ["a missing file", (backup) => rmSync(blobOf(backup)), /damaged: blobs\/\S+ is missing/],
  [
    "a shorter file",
    (backup) => changeFile(blobOf(backup), (bytes) => bytes.subarray(1)),
    /damaged: \S+ has another size/,
  ],
  [
    "a changed file",
    (backup) => changeFile(blobOf(backup), flipped),
    /damaged: version 1 of model hello: .*another hash/,
  ],
  ["a changed database", (backup) => changeFile(`${backup}/runs.db`, flipped), /damaged: runs\.db has another hash/],
  ["a changed key", (backup) => changeFile(`${backup}/grants.key`, flipped), /damaged: grants\.key has another hash/],
  ["a database of a newer version", makeNewer, /was written by a newer version of deepaas/],
  ["a directory that does not exist", (backup) => rmSync(backup, { recursive: true }), /is not a backup/],
])("%s is not restored, and the data directory is as it was", async (_, damage, message) => {
  using folder = await folderWithData();
  const backup = `${folder.path}/backups/one`;
  expect((await deepaas(folder, "backup backups/one")).code).toBe(0);
  damage(backup);
  const before = filesIn(`${folder.path}/data`);
  const database = readFileSync(`${folder.path}/data/runs.db`);
  const replaced = await deepaas(folder, "restore backups/one --force");
  expect([replaced.code, replaced.stderr]).toEqual([1, expect.stringMatching(message)]);
  expect(filesIn(`${folder.path}/data`).filter((name) => name !== "lock.db")).toEqual(before);
  expect(readFileSync(`${folder.path}/data/runs.db`)).toEqual(database);
  mkdirSync(`${folder.path}/empty`);
  for (const name of ["new", "empty"]) {
    const ended = await runDeepaas(["restore", "backups/one", "--data-dir", name], { cwd: folder.path });
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringMatching(message)]);
  }
  expect(existsSync(`${folder.path}/new`)).toBe(false);
  expect(readdirSync(`${folder.path}/empty`)).toEqual([]);
});

function changeManifest(backup: string, changes: object): void {
  const path = `${backup}/backup.json`;
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, "utf8")) as object), ...changes }));
}

/** A new file: that of the backup may be a link to one of the data directory. */
function changeFile(path: string, change: (bytes: Buffer) => Uint8Array): void {
  const bytes = change(readFileSync(path));
  rmSync(path);
  writeFileSync(path, bytes);
}

function flipped(bytes: Buffer): Buffer {
  const at = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes;
}

function makeNewer(backup: string): void {
  const path = `${backup}/runs.db`;
  const db = new DatabaseSync(path);
  db.exec("PRAGMA user_version = 999");
  db.close();
  const sha256 = createHash("sha256").update(readFileSync(path)).digest("hex");
  const { files } = JSON.parse(readFileSync(`${backup}/backup.json`, "utf8")) as { files: { path: string }[] };
  changeManifest(backup, { files: files.map((file) => (file.path === "runs.db" ? { ...file, sha256 } : file)) });
}

test("a restore is refused while a server has the data directory, and over other data without --force", async () => {
  using folder = await folderWithData();
  expect((await deepaas(folder, "backup backups/one")).code).toBe(0);
  {
    await using served = await serveDeepaas([helloModule, "--data-dir", "data"], { cwd: folder.path, keeps: true });
    const ended = await deepaas(folder, "restore backups/one --force");
    expect([ended.code, ended.stderr]).toEqual([
      1,
      `deepaas: data is in use by process ${served.child.pid} at ${served.url}; end that server first, or name another --data-dir\n`,
    ]);
    expect((await served.end()).code).toBe(0);
  }
  const before = filesIn(`${folder.path}/data`);
  const refused = await deepaas(folder, "restore backups/one");
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringMatching(/^deepaas: data is not empty\n {2}--force /),
  ]);
  expect(filesIn(`${folder.path}/data`)).toEqual(before);
});

test.skipIf(process.geteuid?.() !== 0)("a restore into a directory of another user is refused", async () => {
  using folder = await folderWithData();
  expect((await deepaas(folder, "backup backups/one")).code).toBe(0);
  const other = join(folder.path, "other");
  mkdirSync(other);
  chownSync(other, 65_534, 65_534);
  const { code, stderr } = await runDeepaas(["restore", "backups/one", "--data-dir", "other"], { cwd: folder.path });
  expect([code, stderr]).toEqual([1, expect.stringMatching(/belongs to another user\n.*sudo -u/)]);
  expect(readdirSync(other)).toEqual([]);
});

test("--force keeps the data from before, and a server serves the versions of the backup", async () => {
  using folder = await folderWithData();
  expect((await deepaas(folder, "backup backups/one")).code).toBe(0);
  writeFileSync(`${folder.path}/data/notes.txt`, "mine");
  const old = readFileSync(`${folder.path}/data/runs.db`);
  renameSync(`${folder.path}/data/blobs`, `${folder.path}/elsewhere`);
  const { code, stdout } = await deepaas(folder, "restore backups/one --force --json");
  const restored = JSON.parse(stdout) as { before: string };
  expect([code, restored]).toEqual([
    0,
    {
      path: "data",
      runs: 0,
      files: 1,
      createdAt: expect.any(String),
      before: expect.stringMatching(/^data\/before-restore-\S+Z$/),
    },
  ]);
  expect(readFileSync(`${folder.path}/${restored.before}/runs.db`)).toEqual(old);
  expect(readdirSync(`${folder.path}/data`)).toContain("notes.txt");
  await using served = await serveDeepaas([helloModule, "--data-dir", "data"], { cwd: folder.path, keeps: true });
  expect((await connectRest(served.url).versions("hello")).versions.map(({ number }) => number)).toEqual([1, 0]);
});

test("a server refuses a directory in which a restore was interrupted, and another restore repairs it", async () => {
  using folder = await folderWithData();
  expect((await deepaas(folder, "backup backups/one")).code).toBe(0);
  // As after a kill between two renames.
  writeFileSync(`${folder.path}/data/restore.incomplete`, "");
  rmSync(`${folder.path}/data/runs.db`);
  const served = await runDeepaas(["run", helloModule, "--data-dir", "data"], { cwd: folder.path });
  expect([served.code, served.stderr]).toEqual([
    1,
    expect.stringMatching(/^deepaas: a restore into data was interrupted\n {2}run it again: deepaas restore --force /),
  ]);
  expect((await deepaas(folder, "backup backups/two")).stderr).toContain("was interrupted");
  expect((await deepaas(folder, "restore backups/one --force")).code).toBe(0);
  await using again = await serveDeepaas([helloModule, "--data-dir", "data"], { cwd: folder.path, keeps: true });
  expect(again.url).not.toBe("");
});

test("the page about operations makes and restores a backup", async () => {
  using folder = pageFolder();
  mkdirSync(`${folder.path}/backups`);
  await using served = await serveDeepaas(["hello.ts"], { cwd: folder.path, keeps: true });
  const service = connectRest(served.url);
  const { id } = await service.train("hello", { epochs: 5 });
  await Array.fromAsync(service.watch(id));
  const stdout = await runPage(folder, { script: "backup.sh" });
  expect(stdout).toMatch(/^backed up 1 run and \d files? of \.deepaas to backups\/monday \(\S+ kB\)$/m);
  expect(stdout).toMatch(/^restored 1 run and \d files? of \S+Z to restored$/m);
  expect(stdout).toContain('"served":1');
});
