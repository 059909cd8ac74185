// The time to open a file with 10,000 runs and 10 million events, in milliseconds. The minimum of 60: opening ends with a sync, which
// also waits for other writes of the disk.
import { sqliteStore } from "@deepaas/sqlite";
import type { BenchCase } from "../bench-case.ts";
import { report, startRun } from "../filled-store.ts";
import { sqlitePath } from "../sqlite-file.ts";

const runs = 10_000;
const eventsPerRun = 1_000;
const perAppend = 250;
const concurrency = 50;

async function fill(path: string): Promise<void> {
  const store = sqliteStore({ path });
  await store.open({ id: "writer" });
  const entries = Array.from({ length: perAppend }, (_, step) => report(step));
  const fillOne = async (id: string) => {
    await startRun(store, id);
    for (let n = 1; n <= eventsPerRun / perAppend; n++)
      await store.append(id, entries, { attempt: 1, appendNumber: n });
    const n = 1 + eventsPerRun / perAppend;
    await store.append(id, [{ fact: { type: "succeeded", result: null } }], { attempt: 1, appendNumber: n });
  };
  for (let i = 0; i < runs; i += concurrency) {
    await Promise.all(Array.from({ length: concurrency }, (_, k) => fillOne(`run-${i + k}`)));
  }
  await store.close();
}

async function openMs(path: string): Promise<number> {
  const timings: number[] = [];
  for (let i = 0; i < 60; i++) {
    const store = sqliteStore({ path });
    const startedAt = performance.now();
    await store.open({ id: `bench-${i}` });
    timings.push(performance.now() - startedAt);
    await store.close();
  }
  return Math.min(...timings);
}

async function emptyFile(): Promise<string> {
  const path = sqlitePath();
  const store = sqliteStore({ path });
  await store.open({ id: "writer" });
  await store.close();
  return path;
}

export default {
  name: "sqlite-start",
  against: "opening a file without runs",
  goal: { atMost: 1.5 },
  rounds: 3,
  baseline: async () => openMs(await emptyFile()),
  async subject() {
    const path = sqlitePath();
    await fill(path);
    return openMs(path);
  },
} satisfies BenchCase;
