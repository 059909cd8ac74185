// Secrets are in the file while their run may need them, and in no file after it.
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { randomFrom } from "@deepaas/conformance";
import { expect, test, vi } from "vitest";
import { secretText } from "./secret-text.ts";
import { filesWith, line, openStore, startRun, succeeded } from "./testing/store-folder.ts";

const secretOf = (i: number) => `hush-${i}-${"ab".repeat(i % 3 === 0 ? 2_500 : 5)}-end`;
const startOf = (i: number) => `hush-${i}-`;

test("after the end of its run no file holds a secret, while those of others are kept", async () => {
  const { store, db, path } = await openStore();
  const random = randomFrom(7);
  const folder = dirname(path);
  const living = new Set<number>();
  let made = 0;
  const start = async () => {
    const i = made++;
    await startRun(store, `r${i}`, { args: { key: "***" }, private: { secrets: { key: secretOf(i) }, files: {} } });
    living.add(i);
  };
  for (let i = 0; i < 30; i++) await start();
  expect(filesWith(folder, startOf(3)).length).toBeGreaterThan(0);
  for (let step = 0; step < 40; step++) {
    if (random.oneIn(3)) await start();
    const all = [...living];
    const i = all[random.below(all.length)] as number;
    await store.append(`r${i}`, line("x".repeat(random.below(6_000))), { attempt: 1, appendNumber: 1 });
    // Now and then what is in the WAL goes into the file before the end.
    if (random.oneIn(3)) db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    await store.append(`r${i}`, succeeded, { attempt: 1, appendNumber: 2 });
    living.delete(i);
    const gone = Array.from({ length: made }, (_, k) => k).filter((k) => !living.has(k));
    expect(gone.filter((k) => filesWith(folder, startOf(k)).length > 0)).toEqual([]);
  }
  expect(living.size).toBeGreaterThan(2);
  await store.close();
  const next = (await openStore({ path })).store;
  for (const i of living) {
    expect((await next.claim(`r${i}`))?.private.secrets).toEqual({ key: secretOf(i) });
    await next.append(`r${i}`, succeeded, { attempt: 2, appendNumber: 1 });
  }
  await next.close();
  expect(filesWith(folder, "hush-")).toEqual([]);
});

test("what a reader keeps in the WAL is erased with the next commit after it", async () => {
  const { store, path } = await openStore();
  await startRun(store, "r", { private: { secrets: { key: "hush" }, files: {} } });
  await startRun(store, "other");
  const reader = new DatabaseSync(path, { readOnly: true });
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM runs").get();
  await store.append("r", succeeded, { attempt: 1, appendNumber: 1 });
  expect(readFileSync(`${path}-wal`).includes("hush")).toBe(true);
  reader.close();
  await store.append("other", line("a"), { attempt: 1, appendNumber: 1 });
  expect(filesWith(dirname(path), "hush")).toEqual([]);
});

test("a lock is waited for as before once the WAL could not be cut", async () => {
  const { store, db } = await openStore();
  const timeout = () => Object.values(db.prepare("PRAGMA busy_timeout").get() ?? {});
  const before = timeout();
  expect(before).not.toEqual([0]);
  await startRun(store, "r", { private: { secrets: { key: "x" }, files: {} } });
  const prepare = vi.spyOn(db, "prepare");
  let failed = 0;
  prepare.mockImplementation(function (this: DatabaseSync, sql: string) {
    if (!sql.includes("wal_checkpoint")) return DatabaseSync.prototype.prepare.call(this, sql);
    failed++;
    throw new Error("It fails.");
  });
  expect(await store.append("r", succeeded, { attempt: 1, appendNumber: 1 })).toBe("kept");
  prepare.mockRestore();
  expect([failed, timeout()]).toEqual([1, before]);
});

test("the text of secrets fills more than half of its first page", () => {
  for (const length of [0, 10, 3_400, 3_480, 3_500, 4_000, 4_100, 7_500, 8_200, 12_000, 100_000]) {
    const secrets = { key: "ä".repeat(length >> 1) };
    const text = secretText(secrets);
    expect(JSON.parse(text)).toEqual(secrets);
    const payload = Buffer.byteLength(text) + 6;
    // https://www.sqlite.org/fileformat2.html#b_tree_pages: the first page holds what does not fill further ones.
    const [usable, most, least] = [4_096, 4_061, 489];
    const surplus = least + ((payload - least) % (usable - 4));
    const inFirst = payload <= most ? payload : surplus <= most ? surplus : least;
    expect([length, inFirst > usable / 2]).toEqual([length, true]);
  }
});
