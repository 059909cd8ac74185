// Transactions of the write queue: what is in one, how it is synced, and what follows an error.
import { DatabaseSync } from "node:sqlite";
import { DeepaasError } from "@deepaas/core";
import { expect, test } from "vitest";
import { WriteQueue, type WriteQueueOptions } from "./write-queue.ts";

function open(options: Partial<WriteQueueOptions> = {}) {
  const db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE t (v TEXT)");
  const statements: string[] = [];
  const steps: string[] = [];
  const spied = {
    exec: (sql: string) => {
      statements.push(sql);
      db.exec(sql);
    },
    get isTransaction() {
      return db.isTransaction;
    },
  } as unknown as DatabaseSync;
  const queue = new WriteQueue(spied, {
    path: "/db",
    check: () => {},
    begin: () => ({}) as never,
    committed: () => void steps.push("committed"),
    ...options,
  });
  const insert = (value: string, more: object = {}) =>
    queue.add({
      durable: false,
      work: () => {
        db.prepare("INSERT INTO t VALUES (?)").run(value);
        return value;
      },
      ...more,
    });
  const rows = () =>
    db
      .prepare("SELECT v FROM t")
      .all()
      .map(({ v }) => v);
  return { db, queue, statements, steps, insert, rows };
}

const rejection = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error as DeepaasError,
  );
const failing = (error: Error, more: object = {}) => ({
  durable: false,
  work: () => {
    throw error;
  },
  ...more,
});

test("the writes of one turn are one transaction; the next turn has its own", async () => {
  const { insert, statements, steps } = open();
  const first = [insert("a"), insert("b")].map((one) => one.then((value) => steps.push(value)));
  expect(statements).toEqual([]);
  await Promise.all(first);
  await insert("c");
  expect(statements).toEqual(["PRAGMA synchronous = NORMAL", "BEGIN IMMEDIATE", "COMMIT", "BEGIN IMMEDIATE", "COMMIT"]);
  expect(steps).toEqual(["committed", "a", "b", "committed"]);
});

test("a flush commits at once, and nothing is left for the turn", async () => {
  const { queue, insert, statements, rows } = open();
  const write = insert("a");
  queue.flush();
  expect(rows()).toEqual(["a"]);
  queue.flush();
  await write;
  await new Promise(setImmediate);
  expect(statements.filter((sql) => sql === "COMMIT")).toHaveLength(1);
});

test("one write that must survive a power loss syncs the whole transaction, and only that one", async () => {
  const { insert, statements } = open();
  await Promise.all([insert("a"), insert("b", { durable: true })]);
  await insert("c", { durable: true });
  await insert("d");
  expect(statements.filter((sql) => sql.startsWith("PRAGMA"))).toEqual([
    "PRAGMA synchronous = FULL",
    "PRAGMA synchronous = NORMAL",
  ]);
});

test("a write that is refused does not undo the others of its transaction", async () => {
  const { queue, insert, rows, statements } = open();
  const refused = new DeepaasError("not_found", "No.");
  const [one, no, two] = [insert("a"), rejection(queue.add(failing(refused))), insert("b")];
  expect([await one, await no, await two]).toEqual(["a", refused, "b"]);
  expect([rows(), statements.includes("ROLLBACK")]).toEqual([["a", "b"], false]);
});

test("a write that fails is undone alone: the others are made one by one", async () => {
  const { queue, insert, rows, statements } = open();
  const bug = new Error("bug");
  const [one, no, two] = [insert("a"), rejection(queue.add(failing(bug))), insert("b")];
  expect([await one, await no, await two]).toEqual(["a", bug, "b"]);
  expect(rows()).toEqual(["a", "b"]);
  expect(statements.filter((sql) => sql === "ROLLBACK")).toHaveLength(2);
});

test("a single write that fails is tried once", async () => {
  const { queue, statements } = open();
  const bug = new Error("bug");
  expect(await rejection(queue.add(failing(bug)))).toBe(bug);
  expect(statements.filter((sql) => sql === "BEGIN IMMEDIATE")).toHaveLength(1);
});

test("after a write that failed none of the same run is made in its turn, but those of others are", async () => {
  const { queue, insert, rows } = open();
  const bug = new Error("bug");
  const failed = rejection(queue.add(failing(bug, { runId: "r" })));
  const later = rejection(insert("later", { runId: "r" }));
  const other = insert("other", { runId: "s" });
  const none = insert("none");
  expect([await failed, await later, await other, await none]).toEqual([bug, bug, "other", "none"]);
  expect(rows()).toEqual(["other", "none"]);
  expect(await insert("next turn", { runId: "r" })).toBe("next turn");
});

test("a write without a run that failed stops no other", async () => {
  const { queue, insert, rows } = open();
  const failed = rejection(queue.add(failing(new Error("bug"))));
  await Promise.all([insert("a"), insert("b"), failed]);
  expect(rows()).toEqual(["a", "b"]);
});

test("an error of SQLite is told in the store's words, with the path in its cause only", async () => {
  const { queue, db } = open();
  const error = await rejection(queue.add({ durable: false, work: () => db.exec("INSERT INTO none VALUES (1)") }));
  expect(error).toMatchObject({
    code: "internal",
    message: "The store failed.",
    cause: { message: expect.stringContaining("/db") },
  });
});

test("nothing is written if the check throws, and no transaction is left open", async () => {
  let isReplaced = true;
  const replaced = new DeepaasError("unavailable", "The file was replaced.");
  const { insert, statements, rows, db } = open({
    check: () => {
      if (isReplaced) throw replaced;
    },
  });
  expect(await rejection(insert("a"))).toBe(replaced);
  expect([statements, rows(), db.isTransaction]).toEqual([[], [], false]);
  isReplaced = false;
  expect(await insert("b")).toBe("b");
});

test("a transaction that SQLite has ended itself is not rolled back again", async () => {
  const { queue, db, statements } = open();
  const bug = new Error("disk full");
  const work = () => {
    db.exec("ROLLBACK");
    throw bug;
  };
  expect(await rejection(queue.add({ durable: false, work }))).toBe(bug);
  expect(statements).not.toContain("ROLLBACK");
});
