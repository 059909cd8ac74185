// Replays a log of 1,000,000 events from the file to a watcher: events per second.
import { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTick } from "node:timers/promises";
import { isTerminal, type RunEvent, type RunFact } from "@deepaas/core";
import { watchRun } from "@deepaas/core/ports";
import { sqliteStore } from "@deepaas/sqlite";
import type { BenchCase } from "../bench-case.ts";
import { eventsPerSecond } from "../events-per-second.ts";
import { report, startRun } from "../filled-store.ts";
import { sqlitePath } from "../sqlite-file.ts";

const count = 1_000_000;
const perBatch = 250;
const page = 512;

export default {
  name: "sqlite-replay",
  against: "a prepared statement that reads pages of rows, one event per row",
  goal: { atLeast: 0.6 },
  rounds: 5,

  async baseline() {
    const db = new DatabaseSync(sqlitePath());
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
      CREATE TABLE log (run INTEGER, seq INTEGER, at TEXT, body TEXT, PRIMARY KEY (run, seq)) WITHOUT ROWID; BEGIN`);
    const insert = db.prepare("INSERT INTO log VALUES (1, ?, ?, ?)");
    const at = new Date().toISOString();
    for (let seq = 1; seq <= count; seq++) insert.run(seq, at, JSON.stringify(report(seq).fact));
    db.exec("COMMIT");
    const read = db.prepare("SELECT seq, at, body FROM log WHERE run = 1 AND seq > ? ORDER BY seq LIMIT ?");
    const replay = async () => {
      const startedAt = performance.now();
      for (let cursor = 0; ; ) {
        const rows = read.all(cursor, page) as unknown as { seq: number; at: string; body: string }[];
        if (rows.length === 0) return (count * 1000) / (performance.now() - startedAt);
        for (const { seq, at: time, body } of rows) {
          const event: RunEvent = { seq, at: time, ...(JSON.parse(body) as RunFact) };
          cursor = event.seq;
        }
        await nextTick();
      }
    };
    await replay();
    return replay();
  },

  async subject() {
    const path = sqlitePath();
    const store = sqliteStore({ path });
    await store.open({ id: "writer" });
    await startRun(store, "run");
    for (let step = 2; step < count - 1; step += perBatch) {
      const length = Math.min(perBatch, count - 1 - step);
      await store.append(
        "run",
        Array.from({ length }, (_, i) => report(step + i)),
      );
    }
    await store.append("run", [{ fact: { type: "succeeded", result: null } }]);
    await store.close();
    const reader = sqliteStore({ path });
    await reader.open({ id: "reader" });
    let last: RunEvent | undefined;
    for await (const event of watchRun(reader, "run", { after: count - 1 })) last = event;
    if (!last || !isTerminal(last.type)) throw new Error("The log has no terminal event.");
    await eventsPerSecond(watchRun(reader, "run"), count);
    return eventsPerSecond(watchRun(reader, "run"), count);
  },
} satisfies BenchCase;
