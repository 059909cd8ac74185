// Copies of stores: of one that is written meanwhile, to the same and to another file system, and of damaged ones.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { modelFile } from "@deepaas/core";
import { expect, onTestFinished, test } from "vitest";
import { oldestReadable, openDatabase } from "./database.ts";
import { checkStoreFile, copyStore, directoryBlobs, type StoreFiles, sqliteStore } from "./index.ts";
import { migrations } from "./migrations.ts";
import { newFolder, newRun } from "./testing/store-folder.ts";

const memory = "/dev/shm";
const hasMemoryDisk = statSync(memory, { throwIfNoEntry: false })?.isDirectory() === true;

/** On a file system that shares no files with that of `newFolder`. */
function otherFolder(): string {
  const folder = mkdtempSync(join(memory, "deepaas-sqlite-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const filesIn = (folder: string): StoreFiles => ({ path: join(folder, "runs.db"), blobs: join(folder, "blobs") });

/** A run with its artifacts, one for each text. */
async function filled(texts: readonly string[] = ["artifact"]) {
  const files = filesIn(newFolder());
  const blobs = directoryBlobs({ path: files.blobs });
  const store = sqliteStore({ path: files.path });
  await store.open({ id: "server" });
  onTestFinished(() => store.close());
  await store.create(newRun("one"));
  await store.claim("one");
  const refs = await Promise.all(texts.map((text) => blobs.put(modelFile(new Blob([text])))));
  const artifacts = refs.map((blob, i) => {
    const { size, contentType } = blob;
    return { fact: { type: "artifact", name: `a${i}`, size, contentType }, blob } as const;
  });
  await store.append("one", artifacts);
  return { files, store, blobs, refs, pathOf: ({ id }: { id: string }) => blobPath(files, id) };
}

function blobPath({ blobs }: StoreFiles, id: string): string {
  const [sha256 = "", uuid = ""] = id.split(".");
  return join(blobs, sha256.slice(0, 2), sha256, uuid);
}

function changed(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

const folders = [["the same file system", newFolder] as const, ["another file system", otherFolder] as const];

test.skipIf(!hasMemoryDisk && !process.env.CI).each(folders)(
  "a copy on %s has each run and file, for its owner alone (needs /dev/shm)",
  async (_, folderOf) => {
    const texts = Array.from({ length: 230 }, (_, i) => `text ${i >> 1}`);
    const { files } = await filled(texts);
    const to = filesIn(folderOf());
    const reports: (readonly [number, number])[] = [];
    await copyStore(files, to, { onProgress: (done, total) => reports.push([done, total]) });
    const bytes = texts.join("").length;
    expect(await checkStoreFile(to)).toEqual({ runs: 1, files: 230, bytes, problems: [] });
    const [done, total] = reports.at(-1) as readonly [number, number];
    expect([done, total]).toEqual([bytes + statSync(to.path).size, done]);
    const made = readdirSync(join(to.path, ".."), { recursive: true, withFileTypes: true });
    // The file of the database is complete without a log beside it.
    expect(made.filter(({ name }) => name.startsWith("runs.db")).map(({ name }) => name)).toEqual(["runs.db"]);
    for (const entry of made) {
      const { mode } = statSync(join(entry.parentPath, entry.name));
      expect([entry.name, (mode & 0o777).toString(8)]).toEqual([entry.name, entry.isDirectory() ? "700" : "600"]);
    }
  },
);

test("a copy has the runs of one moment, while they are written between two steps", async () => {
  const { files, store } = await filled();
  const text = "0123456789".repeat(1_000);
  const line = { fact: { type: "log", level: "info", text } } as const;
  // More pages than are copied at a time.
  for (let i = 0; i < 60; i++)
    await store.append(
      "one",
      Array.from({ length: 100 }, () => line),
    );
  const { lastSeq = 0 } = (await store.get("one")) ?? {};
  const to = filesIn(newFolder());
  let goesOn = true;
  let appends = 0;
  let steps = 0;
  const writing = (async () => {
    while (goesOn) await store.append("one", [line]).then(() => appends++);
  })();
  await copyStore(files, to, { onProgress: () => steps++ });
  goesOn = false;
  await writing;
  expect(steps).toBeGreaterThan(5);
  expect(appends).toBeGreaterThan(5);
  expect((await checkStoreFile(to)).problems).toEqual([]);
  const copy = sqliteStore({ path: to.path, readOnly: true });
  await copy.open({ id: "reader" });
  onTestFinished(() => copy.close());
  const copied = (await copy.get("one"))?.lastSeq ?? 0;
  // What was appended after the first step is not in it.
  expect(copied).toBeGreaterThanOrEqual(lastSeq);
  expect(copied).toBeLessThan(lastSeq + 5);
});

test("a file that is removed while its reference is read is not in the copy, nor is its reference", async () => {
  const { files, refs, pathOf } = await filled(["first", "second"]);
  const to = filesIn(newFolder());
  let removed = false;
  await copyStore(files, to, {
    onProgress: () => {
      if (removed) return;
      removed = true;
      // As a server does it: first the reference, then the file.
      changed(files.path, "DELETE FROM blobs WHERE place = 'artifact/a1'");
      rmSync(pathOf(refs[1] as { id: string }));
    },
  });
  expect(await checkStoreFile(to)).toEqual({ runs: 1, files: 1, bytes: 5, problems: [] });
});

test("a file that is missing, or has another size, is named", async () => {
  const { files, refs, pathOf } = await filled();
  const path = pathOf(refs[0] as { id: string });
  writeFileSync(path, "longer than it was");
  await expect(copyStore(files, filesIn(newFolder()))).rejects.toMatchObject({
    code: "failed_precondition",
    message: expect.stringContaining("The store is damaged: a0 of run one has another size."),
  });
  rmSync(path);
  await expect(copyStore(files, filesIn(newFolder()))).rejects.toMatchObject({
    code: "failed_precondition",
    message: expect.stringContaining("The store is damaged: a0 of run one is missing."),
  });
});

test.skipIf(!hasMemoryDisk && !process.env.CI)(
  "a file that is read to be copied is compared with its hash (needs /dev/shm)",
  async () => {
    const { files, refs, pathOf } = await filled();
    writeFileSync(pathOf(refs[0] as { id: string }), "artifice");
    await expect(copyStore(files, filesIn(otherFolder()))).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("The store is damaged: a0 of run one has another hash."),
    });
  },
);

test("a store of an older version is copied as it is", async () => {
  const files = filesIn(newFolder());
  const old = openDatabase(files.path, migrations.slice(0, oldestReadable));
  const blob = await directoryBlobs({ path: files.blobs }).put(modelFile(new Blob(["weights"])));
  old
    .prepare("INSERT INTO versions (model, number, blob, body) VALUES ('m', 1, ?, ?)")
    .run(blob.id, JSON.stringify({ number: 1, createdAt: "2026-11-01T00:00:00.000Z", metrics: {}, blob }));
  old.close();
  const to = filesIn(newFolder());
  await copyStore(files, to);
  expect(await checkStoreFile(to)).toEqual({ runs: 0, files: 1, bytes: 7, problems: [] });
  const next = sqliteStore({ path: to.path });
  onTestFinished(() => next.close());
  await next.open({ id: "server" });
  expect((await next.versions("m")).versions).toMatchObject([{ number: 1, blob }]);
});

test.each([
  [1, "of an older version"],
  [999, "newer version"],
])("a store of version %d is refused", async (version, words) => {
  const { files, store } = await filled();
  await store.close();
  changed(files.path, `PRAGMA user_version = ${version}`);
  await expect(copyStore(files, filesIn(newFolder()))).rejects.toMatchObject({
    code: "failed_precondition",
    message: expect.stringContaining(words),
  });
});

test("a file in the place of the copy is not overwritten", async () => {
  const { files } = await filled();
  const to = filesIn(newFolder());
  writeFileSync(to.path, "mine");
  await expect(copyStore(files, to)).rejects.toMatchObject({ code: "EEXIST" });
  expect(readFileSync(to.path, "utf8")).toBe("mine");
});
