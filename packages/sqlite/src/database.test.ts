// Which files are opened, and how others are refused.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openDatabase } from "./database.ts";
import { migrations } from "./migrations.ts";
import { SqliteStore, sqliteStore } from "./sqlite-store.ts";
import { checkStoreOptions } from "./store-options.ts";
import { fact, line, newFolder, newRun, openStore, startRun, succeeded } from "./testing/store-folder.ts";

const modeOf = (path: string) => statSync(path).mode & 0o777;

async function refusal(path: string) {
  const error: unknown = await sqliteStore({ path })
    .open({ id: "x" })
    .then(
      () => expect.fail("it was opened"),
      (reason: unknown) => reason,
    );
  expect((error as Error).message).toContain(path);
  expect((error as Error).message).not.toContain("\n");
  return error;
}

test("the folder and the file are made, for their owner alone", async () => {
  const folder = join(newFolder(), "a", "b");
  const { store } = await openStore({ path: join(folder, "runs.sqlite") });
  await startRun(store, "r");
  expect(modeOf(folder)).toBe(0o700);
  for (const name of ["runs.sqlite", "runs.sqlite-wal", "runs.sqlite-shm"]) {
    expect([name, modeOf(join(folder, name))]).toEqual([name, 0o600]);
  }
});

test("a file of a newer version is refused, and left as it is", async () => {
  const { store, db, path } = await openStore();
  db.exec(`PRAGMA user_version = ${migrations.length + 1}`);
  await store.close();
  const before = readFileSync(path);
  expect(await refusal(path)).toMatchObject({
    code: "failed_precondition",
    message: expect.stringContaining("newer version"),
  });
  expect(readFileSync(path).equals(before)).toBe(true);
});

test.each([
  ["CREATE TABLE mine (a)", "its tables"],
  ["PRAGMA application_id = 7", "its mark"],
  ["PRAGMA user_version = 1", "its version alone"],
])("a database of another program is refused, and left as it is: %s", async (sql) => {
  const path = join(newFolder(), "other.sqlite");
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
  const before = readFileSync(path);
  expect(await refusal(path)).toMatchObject({
    code: "failed_precondition",
    message: expect.stringContaining("another program"),
  });
  expect(readFileSync(path).equals(before)).toBe(true);
});

test("a file that is no database is refused, and left as it is", async () => {
  const path = join(newFolder(), "notes.txt");
  writeFileSync(path, "Dear diary, ".repeat(1_000));
  const before = readFileSync(path);
  expect(await refusal(path)).toMatchObject({
    code: "failed_precondition",
    message: expect.stringContaining("not a database"),
  });
  expect(readFileSync(path).equals(before)).toBe(true);
});

test("a file that was cut off is refused", async () => {
  const { store, path } = await openStore();
  await startRun(store, "r");
  await store.append("r", line("x".repeat(100_000)), { attempt: 1, appendNumber: 1 });
  await store.close();
  truncateSync(path, Math.floor(statSync(path).size / 2));
  expect(await refusal(path)).toMatchObject({
    code: "failed_precondition",
    message: expect.stringContaining("damaged"),
  });
});

test("a file whose tables are gone is refused", async () => {
  const { store, db, path } = await openStore();
  db.exec("DROP TABLE blobs");
  await store.close();
  expect(await refusal(path)).toMatchObject({ code: "failed_precondition" });
});

test("a place where no file can be is said to be so", async () => {
  const folder = newFolder();
  writeFileSync(join(folder, "file"), "");
  mkdirSync(join(folder, "runs.sqlite"));
  expect(await refusal(join(folder, "file", "runs.sqlite"))).toMatchObject({ code: "unavailable" });
  expect(await refusal(join(folder, "runs.sqlite"))).toMatchObject({ code: "unavailable" });
});

test("a file that may not be written is said to be so, by name; once it may, the store opens", async () => {
  const { store, path } = await openStore();
  await startRun(store, "r");
  await store.close();
  let db: DatabaseSync | undefined;
  const readOnly = new SqliteStore(checkStoreOptions({ path }), (of) => {
    db = openDatabase(of);
    db.exec("PRAGMA query_only = ON");
    return db;
  });
  await expect(readOnly.open({ id: "x" })).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringMatching(new RegExp(`^${path}: .*read-only`)),
  });
  db?.exec("PRAGMA query_only = OFF");
  expect(await readOnly.open({ id: "x" })).toEqual([{ runId: "r", model: "m" }]);
  await readOnly.close();
});

test("a file of an older version gets the steps that it lacks, all or none", () => {
  const path = join(newFolder(), "runs.sqlite");
  const steps = ["CREATE TABLE one (a)", "CREATE TABLE two (a)"];
  const namesIn = (db: DatabaseSync) =>
    db
      .prepare("SELECT name FROM sqlite_schema ORDER BY name")
      .all()
      .map(({ name }) => name);
  const first = openDatabase(path, steps.slice(0, 1));
  expect(namesIn(first)).toEqual(["one"]);
  first.close();
  expect(() => openDatabase(path, [...steps, "CREATE TABLE one (b)"])).toThrow(path);
  const second = openDatabase(path, steps);
  expect(namesIn(second)).toEqual(["one", "two"]);
  expect(second.prepare("PRAGMA user_version").get()).toEqual({ user_version: 2 });
  second.close();
});

test("a damaged page costs what it holds, not the process", async () => {
  const { store, db, path } = await openStore();
  await startRun(store, "whole");
  await store.append("whole", [...line("here"), ...succeeded], { attempt: 1, appendNumber: 1 });
  await startRun(store, "hurt");
  for (let n = 1; n <= 100; n++) await store.append("hurt", line(`${n} `.repeat(300)), { attempt: 1, appendNumber: n });
  const pages = db
    .prepare("SELECT pageno FROM dbstat WHERE name = 'log' AND pagetype = 'leaf' ORDER BY path")
    .all()
    .map(({ pageno }) => pageno as number);
  await store.close();
  const bytes = readFileSync(path);
  const page = pages[pages.length >> 1] as number;
  bytes.fill(0xee, (page - 1) * 4_096, page * 4_096);
  writeFileSync(path, bytes);
  const next = (await openStore({ path })).store;
  await expect(next.read("hurt", 0, 1_000)).rejects.toMatchObject({
    code: "internal",
    message: "The store's file is damaged.",
  });
  expect((await next.read("whole", 0, 10)).map(({ type }) => type)).toEqual(["queued", "started", "log", "succeeded"]);
  expect((await next.list({})).items.map(({ state }) => state)).toEqual(["succeeded", "lost"]);
  await startRun(next, "new");
  expect(await next.append("new", fact({ type: "progress", step: 1 }), { attempt: 1, appendNumber: 1 })).toBe("kept");
});

test("runs of an owner are found by an index", () => {
  const db = new DatabaseSync(":memory:");
  for (const migration of migrations) db.exec(migration);
  const plan = db
    .prepare("EXPLAIN QUERY PLAN SELECT id FROM runs WHERE owner = ? ORDER BY number LIMIT 100")
    .all("ann");
  expect(plan.map(({ detail }) => detail)).toEqual([expect.stringContaining("USING INDEX runs_by_owner")]);
  db.close();
});

test("while the folder is moved away nothing is accepted, and after it was moved back the same append is kept", async () => {
  const { store, path } = await openStore({ path: join(newFolder(), "data", "runs.sqlite") });
  await startRun(store, "r");
  const folder = dirname(path);
  renameSync(folder, `${folder}-moved`);
  const gone = { code: "unavailable", message: "The store cannot be used: its file was moved or deleted." };
  await expect(store.create(newRun("late"))).rejects.toMatchObject(gone);
  await expect(store.append("r", line("x"), { attempt: 1, appendNumber: 1 })).rejects.toMatchObject(gone);
  expect(await store.get("r")).toMatchObject({ state: "running" });
  renameSync(`${folder}-moved`, folder);
  expect(await store.append("r", line("x"), { attempt: 1, appendNumber: 1 })).toBe("kept");
  expect(await store.get("late")).toBeUndefined();
});

test.each(["", "-wal"])("nothing is accepted after runs.sqlite%s was deleted", async (end) => {
  const { store, path } = await openStore();
  await startRun(store, "r");
  rmSync(`${path}${end}`);
  await expect(store.create(newRun("late"))).rejects.toMatchObject({ code: "unavailable" });
});
