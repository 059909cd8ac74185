// Power loss: what was not synced may be lost, from any byte on. What was promised is there, and the log is whole as
// far as it goes.
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { checkLog, checkRecord, type Random, randomFrom } from "@deepaas/conformance";
import type { Run, RunEvent, RunFact } from "@deepaas/core";
import type { LogAppend, RunStore } from "@deepaas/core/ports";
import { expect, test } from "vitest";
import { openDatabase } from "./database.ts";
import { SqliteStore } from "./sqlite-store.ts";
import { checkStoreOptions } from "./store-options.ts";
import { line, newFolder, newRun, openStore } from "./testing/store-folder.ts";
import { type WalEnd, walEnd } from "./testing/wal.ts";

const cuts = 30;
const promised: ReadonlySet<RunFact["type"]> = new Set([
  "checkpoint",
  "succeeded",
  "published",
  "stopping",
  "cancelled",
]);

/** A database whose commits tell how far its WAL was synced: only those that SQLite itself makes so. */
function observed(path: string, synced: (end: WalEnd) => void): DatabaseSync {
  const db = openDatabase(path);
  const exec = db.exec.bind(db);
  db.exec = (sql) => {
    exec(sql);
    if (sql === "COMMIT" && db.prepare("PRAGMA synchronous").get()?.synchronous === 2) synced(walEnd(`${path}-wal`));
  };
  return db;
}

/** Runs that are created, report, checkpoint and end; `told` is how much of each log its writer was promised. */
async function write(store: RunStore, random: Random, told: Map<string, number>): Promise<void> {
  const one = async (id: string) => {
    const secrets = random.oneIn(2) ? { key: `hush-${id}` } : {};
    await store.create(newRun(id, { private: { secrets, files: {} } }));
    told.set(id, 1);
    await store.claim(id);
    let seq = 2;
    const length = 4 + random.below(20);
    for (let n = 1; n <= length; n++) {
      const entries: LogAppend[] = [...line(`${n}`)];
      if (random.oneIn(5)) entries.push({ fact: { type: "checkpoint", step: n }, data: n });
      if (n === length) entries.push({ fact: { type: "succeeded", result: n } });
      await store.append(id, entries, { attempt: 1, appendNumber: n });
      seq += entries.length;
      if (entries.some(({ fact }) => promised.has(fact.type))) told.set(id, seq);
    }
  };
  const prefix = crypto.randomUUID().slice(0, 8);
  await Promise.all([0, 1, 2].map((i) => one(`${prefix}-${i}`)));
}

test("whatever byte the power loss cuts the WAL at, what was promised is there", { timeout: 60_000 }, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = randomFrom(seed);
  const path = join(newFolder(), "runs.sqlite");
  let synced: WalEnd = { salt: "", end: 0 };
  const store = new SqliteStore(checkStoreOptions({ path }), (of) => observed(of, (end) => (synced = end)));
  await store.open({ id: "first" });
  const told = new Map<string, number>();
  let lost = 0;
  for (let cut = 0; cut < cuts; cut++) {
    const writing = write(store, random, told);
    for (let i = random.below(20); i > 0; i--) await new Promise((resolve) => setImmediate(resolve));
    const copy = join(newFolder(), "runs.sqlite");
    const full = await logsOf(store);
    lost += cutWal(path, copy, { synced, random });
    const promises = new Map(told);
    const { store: after, db } = await openStore({ path: copy });
    expect(db.prepare("PRAGMA integrity_check").get(), `seed ${seed}`).toEqual({ integrity_check: "ok" });
    const found = await logsOf(after);
    for (const [id, events] of found) {
      checkLog(events);
      checkRecord((await after.get(id)) as Run, events);
      // The start has added that the holder died.
      const before = events.filter(({ type }) => type !== "lost");
      expect(before, `seed ${seed}`).toEqual(full.get(id)?.slice(0, before.length));
    }
    for (const [id, seq] of promises) {
      const there = found.get(id)?.filter(({ type }) => type !== "lost").length ?? 0;
      expect(there, `seed ${seed}, cut ${cut}, ${id}`).toBeGreaterThanOrEqual(seq);
    }
    await writing;
  }
  expect(lost, "the cuts have cut something").toBeGreaterThan(0);
  await store.close();
});

async function logsOf(store: RunStore): Promise<Map<string, readonly RunEvent[]>> {
  const runs = (await store.list({ limit: 1_000 })).items;
  const logs = await Promise.all(runs.map(async ({ id }) => [id, await store.read(id, 0, 1_000)] as const));
  return new Map(logs);
}

/** The files as a disk may have them: of the WAL that was not synced a part, then perhaps rubbish. Gives what was cut. */
function cutWal(path: string, copy: string, { synced, random }: { synced: WalEnd; random: Random }): number {
  copyFileSync(path, copy);
  if (!existsSync(`${path}-wal`)) return 0;
  const { salt, end } = walEnd(`${path}-wal`);
  const least = salt === synced.salt ? synced.end : 0;
  const at = least + random.below(end - least + 1);
  const rubbish = random.oneIn(2) ? Buffer.from(crypto.getRandomValues(new Uint8Array(random.below(20_000)))) : "";
  writeFileSync(`${copy}-wal`, readFileSync(`${path}-wal`).subarray(0, at));
  writeFileSync(`${copy}-wal`, rubbish, { flag: "a" });
  return end - at;
}
