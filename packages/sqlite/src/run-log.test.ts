// Reading logs: what is shared, what is trimmed, what is deleted when.
import { createHost, type RunEvent, type TrainContext } from "@deepaas/core";
import { watchRun } from "@deepaas/core/ports";
import { expect, test, vi } from "vitest";
import { fact, line, openStore, startRun, succeeded } from "./testing/store-folder.ts";

const rowsOf = (db: { prepare(sql: string): { get(): unknown } }) =>
  (db.prepare("SELECT (SELECT count(*) FROM log) + (SELECT count(*) FROM removed) AS rows").get() as { rows: number })
    .rows;

test("all who read an event get the same object, live and from the file", async () => {
  const { store, path } = await openStore();
  await startRun(store, "r");
  for (let n = 1; n <= 20; n++)
    await store.append("r", [...line(`${n}a`), ...line(`${n}b`)], { attempt: 1, appendNumber: n });
  const same = async (from: typeof store) => {
    const [whole, again, part] = [
      await from.read("r", 0, 100),
      await from.read("r", 0, 100),
      await from.read("r", 9, 3),
    ];
    expect(whole.length).toBeGreaterThan(40);
    expect(again.every((event, i) => event === whole[i])).toBe(true);
    expect(part.every((event, i) => event === whole[9 + i])).toBe(true);
    expect(whole.every((event) => Object.isFrozen(event))).toBe(true);
    return whole;
  };
  const live = await same(store);
  await store.append("r", succeeded, { attempt: 1, appendNumber: 21 });
  await store.close();
  const next = await openStore({ path });
  expect((await same(next.store)).slice(0, live.length)).toEqual(live);
});

test("a live log that is longer than what is held in memory is read as one", async () => {
  const { store } = await openStore();
  await startRun(store, "r");
  const text = "x".repeat(8_000);
  for (let n = 1; n <= 200; n++) await store.append("r", line(`${n} ${text}`), { attempt: 1, appendNumber: n });
  for (let after = 0; after < 205; after++) {
    const events = await store.read("r", after, 7);
    expect(events.map(({ seq }) => seq)).toEqual(
      Array.from({ length: Math.max(0, Math.min(7, 202 - after)) }, (_, i) => after + 1 + i),
    );
  }
});

test("an append of any length is read in pieces of any length", async () => {
  const { store, path } = await openStore();
  await startRun(store, "r");
  const steps = Array.from({ length: 3_000 }, (_, step) => fact({ type: "progress", step })).flat();
  await store.append("r", [...steps, ...succeeded], { attempt: 1, appendNumber: 1 });
  await store.close();
  const next = (await openStore({ path })).store;
  const seen: RunEvent[] = [];
  for await (const event of watchRun(next, "r")) seen.push(event);
  expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 3_003 }, (_, i) => i + 1));
  for (const [after, limit] of [
    [0, 1],
    [511, 3],
    [1_024, 512],
    [3_000, 10],
  ] as const) {
    expect(await next.read("r", after, limit)).toEqual(seen.slice(after, after + limit));
  }
  expect(await next.read("r", 0, 0)).toEqual([]);
});

test("keepEvents trims the rows as well", async () => {
  const { store, db } = await openStore({ keepEvents: 10 });
  await startRun(store, "r");
  for (let n = 1; n <= 50; n++) await store.append("r", line(`${n}`), { attempt: 1, appendNumber: n });
  expect(await store.get("r")).toMatchObject({ firstSeq: 43, lastSeq: 52 });
  expect(rowsOf(db)).toBe(10);
});

test("what keepEvents trimmed counts no more", async () => {
  const { store, db } = await openStore({ keepEvents: 10 });
  await startRun(store, "r");
  for (let n = 1; n <= 50; n++) await store.append("r", line("ü".repeat(1_000)), { attempt: 1, appendNumber: n });
  const sum = "SELECT bytes, (SELECT sum(length(CAST(body AS BLOB))) FROM log) + 2 AS held FROM runs";
  const { bytes, held } = db.prepare(sum).get() as { bytes: number; held: number };
  // The 2: arguments, `{}`.
  expect(bytes).toBe(held);
  expect(bytes).toBeLessThan(25_000);
});

test("by default all events are kept", async () => {
  const { store } = await openStore();
  await startRun(store, "r");
  const steps = Array.from({ length: 5_000 }, (_, step) => fact({ type: "progress", step })).flat();
  for (let n = 1; n <= 25; n++) await store.append("r", steps, { attempt: 1, appendNumber: n });
  expect(await store.get("r")).toMatchObject({ firstSeq: 1, lastSeq: 125_002 });
  expect((await store.read("r", 0, 1))[0]).toMatchObject({ seq: 1, type: "queued" });
});

test("the log of a removed run goes away piece by piece, and after a restart the rest of it", async () => {
  const { store, db, path } = await openStore();
  for (const id of ["a", "b"]) {
    await startRun(store, id);
    await Promise.all(
      Array.from({ length: 1_000 }, (_, i) => store.append(id, line(`${i}`), { attempt: 1, appendNumber: i + 1 })),
    );
    await store.append(id, succeeded, { attempt: 1, appendNumber: 1_001 });
  }
  await store.remove("a");
  const counts = new Set([rowsOf(db)]);
  while (rowsOf(db) > 1_003) {
    await new Promise((resolve) => setImmediate(resolve));
    counts.add(rowsOf(db));
  }
  expect(counts.size, "so many pieces, and the beginning").toBeGreaterThan(4);
  await store.remove("b");
  await store.close();
  const next = await openStore({ path });
  expect(rowsOf(next.db)).toBeGreaterThan(0);
  await expect.poll(() => rowsOf(next.db)).toBe(0);
});

test("the log of a run goes away at whatever moment of another's it is removed", async () => {
  const { store, db } = await openStore();
  for (let ticks = 0; ticks < 12; ticks++) {
    for (const id of ["a", "b"]) {
      await startRun(store, `${id}${ticks}`);
      await store.append(`${id}${ticks}`, succeeded, { attempt: 1, appendNumber: 1 });
    }
    await store.remove(`a${ticks}`);
    for (let i = 0; i < ticks; i++) await new Promise((resolve) => setImmediate(resolve));
    await store.remove(`b${ticks}`);
    await expect.poll(() => rowsOf(db), { message: `${ticks} ticks after the other` }).toBe(0);
  }
});

test("maxBytes counts the log", async () => {
  const { store } = await openStore();
  for (const id of ["long", "short"]) {
    await startRun(store, id);
    const text = "x".repeat(id === "long" ? 50_000 : 5);
    await store.append(id, [...line(text), ...succeeded], { attempt: 1, appendNumber: 1 });
  }
  await store.retain({ keepRuns: 10, maxBytes: 60_000 });
  expect((await store.list({})).items.map(({ id }) => id)).toEqual(["long", "short"]);
  await store.retain({ keepRuns: 10, maxBytes: 20_000 });
  expect((await store.list({})).items.map(({ id }) => id)).toEqual(["short"]);
});

test("the run that has just ended stays, also when the clock went back, and after a restart", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    vi.setSystemTime("2030-01-05T00:00:00.000Z");
    const { store, path } = await openStore();
    await startRun(store, "a");
    await store.append("a", succeeded, { attempt: 1, appendNumber: 1 });
    await store.close();
    const next = (await openStore({ path })).store;
    for (const [i, id] of ["b", "c"].entries()) {
      vi.setSystemTime(`2030-01-0${4 - i}T00:00:00.000Z`);
      await startRun(next, id);
      await next.append(id, succeeded, { attempt: 1, appendNumber: 1 });
    }
    await next.retain({ keepRuns: 2 });
    expect((await next.list({})).items.map(({ id }) => id)).toEqual(["b", "c"]);
    await next.retain({ keepRuns: 10, maxBytes: 1 });
    expect((await next.list({})).items.map(({ id }) => id)).toEqual(["c"]);
    vi.setSystemTime("2030-01-05T00:00:00.000Z");
    await next.retain({ keepRuns: 10, keepDays: 1 });
    expect((await next.list({})).items).toEqual([]);
  } finally {
    vi.useRealTimers();
  }
});

test("many ended runs are retained as few are", async () => {
  const { store } = await openStore();
  const ids = Array.from({ length: 350 }, (_, i) => `r${i}`);
  await Promise.all(ids.map((id) => startRun(store, id)));
  await Promise.all(ids.map((id) => store.append(id, succeeded, { attempt: 1, appendNumber: 1 })));
  await store.retain({ keepRuns: 20 });
  expect((await store.list({ limit: 1_000 })).items.map(({ id }) => id)).toEqual(ids.slice(-20));
});

test("a host over it runs, and what it ran is there for the next one", async () => {
  const train = (_args: object, run: TrainContext) => {
    run.report({ step: 1 });
    return { ok: 1 };
  };
  const models = { m: { train } };
  const { store, path } = await openStore();
  const host = await createHost({ models, store });
  const { id } = await host.train("m", {});
  const types = (await Array.fromAsync(host.watch(id))).map(({ type }) => type);
  expect(types).toEqual(["queued", "started", "progress", "succeeded"]);
  await host.close();
  await using next = await createHost({ models, store: (await openStore({ path })).store });
  expect((await Array.fromAsync(next.watch(id))).map(({ type }) => type)).toEqual(types);
});
