// Appends to one run, one batch per turn of the event loop: events per second.
import { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTick } from "node:timers/promises";
import { sqliteStore } from "@deepaas/sqlite";
import type { BenchCase } from "../bench-case.ts";
import { report, startRun } from "../filled-store.ts";
import { sqlitePath } from "../sqlite-file.ts";

const batches = 4_000;
const perBatch = 100;

async function perSecond(append: (n: number) => Promise<unknown>): Promise<number> {
  for (let n = 1; n <= 200; n++) await append(n);
  const startedAt = performance.now();
  for (let n = 201; n <= 200 + batches; n++) await append(n);
  return (batches * perBatch * 1000) / (performance.now() - startedAt);
}

const entriesOf = (n: number) => Array.from({ length: perBatch }, (_, i) => report(n * perBatch + i));

export default {
  name: "sqlite-append",
  against: "a bare node:sqlite loop, a row for each event and a transaction for each batch",
  goal: { atLeast: 0.7 },

  async baseline() {
    const db = new DatabaseSync(sqlitePath());
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      CREATE TABLE log (run INTEGER, seq INTEGER, at TEXT, body TEXT, PRIMARY KEY (run, seq)) WITHOUT ROWID`);
    const insert = db.prepare("INSERT INTO log VALUES (1, ?, ?, ?)");
    let seq = 0;
    return perSecond(async (n) => {
      await nextTick();
      const at = new Date().toISOString();
      db.exec("BEGIN");
      for (const { fact } of entriesOf(n)) insert.run(++seq, at, JSON.stringify(fact));
      db.exec("COMMIT");
    });
  },

  async subject() {
    const store = sqliteStore({ path: sqlitePath() });
    await store.open({ id: "bench" });
    await startRun(store, "run");
    return perSecond((n) => store.append("run", entriesOf(n), { attempt: 1, appendNumber: n }));
  },
} satisfies BenchCase;
