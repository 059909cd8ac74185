// The full check of a store: a sound one, and one fault at a time.
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { modelFile } from "@deepaas/core";
import { expect, test } from "vitest";
import { checkStoreFile, directoryBlobs, sqliteStore } from "./index.ts";
import { newFolder } from "./testing/store-folder.ts";

/** A run with a trimmed log and an artifact, and a version. */
async function filled() {
  const folder = newFolder();
  const path = join(folder, "runs.db");
  const files = { path, blobs: join(folder, "blobs") };
  const blobs = directoryBlobs({ path: files.blobs });
  const store = sqliteStore({ path, keepEvents: 4 });
  await store.open({ id: "server" });
  await store.create({ id: "one", model: "m", args: {}, private: { secrets: {}, files: {} }, fingerprint: "f" });
  await store.claim("one");
  for (let step = 1; step <= 3; step++) {
    await store.append("one", [{ fact: { type: "progress", step } }, { fact: { type: "progress", step } }]);
  }
  const blob = await blobs.put(modelFile(new Blob(["artifact"])));
  const { size, contentType } = blob;
  await store.append("one", [{ fact: { type: "artifact", name: "a.txt", size, contentType }, blob }]);
  await store.addVersion({ model: "m", metrics: {}, blob: await blobs.put(modelFile(new Blob(["weights"]))) });
  await store.close();
  const filesOnDisk = () =>
    readdirSync(files.blobs, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
  return {
    files,
    filesOnDisk,
    change(sql: string) {
      const db = new DatabaseSync(path);
      db.exec(sql);
      db.close();
    },
  };
}

test("a sound store has no problems, also if its log was trimmed in the middle of an append", async () => {
  const { files } = await filled();
  expect(await checkStoreFile(files)).toEqual({ runs: 1, files: 2, bytes: 15, problems: [] });
});

test.each<[string, string, RegExp]>([
  ["a record", "UPDATE runs SET record = '{'", /^the record of run one is damaged$/],
  ["an append", "UPDATE log SET body = 'x' WHERE last = 6", /^the log of run one is damaged at event 6$/],
  ["an event", "DELETE FROM log WHERE last = 8", /^the log of run one has no event 7$/],
  ["the last event", "DELETE FROM log WHERE last = 9", /^the log of run one ends at event 8, not at 9$/],
  ["a reference", "UPDATE blobs SET ref = ''", /^the reference to a\.txt of run one is damaged$/],
])("%s that is lost is found", async (_what, sql, problem) => {
  const { files, change } = await filled();
  change(sql);
  const { problems } = await checkStoreFile(files);
  expect(problems).toEqual([expect.stringMatching(problem)]);
});

test("files that are missing or changed are named with what they belong to", async () => {
  const changed = await filled();
  for (const file of changed.filesOnDisk()) writeFileSync(file, "othersss");
  expect((await checkStoreFile(changed.files)).problems.toSorted()).toEqual([
    expect.stringMatching(/^a\.txt of run one: .*hash/),
    expect.stringMatching(/^version 1 of model m: .*size/),
  ]);
  const missing = await filled();
  for (const file of missing.filesOnDisk()) rmSync(file);
  expect((await checkStoreFile(missing.files)).problems).toHaveLength(2);
});
