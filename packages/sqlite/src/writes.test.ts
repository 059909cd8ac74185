// Many writes, one transaction: what fails fails alone, and nothing is told before it is kept.
import { DatabaseSync } from "node:sqlite";
import { checkLog } from "@deepaas/conformance";
import { createHost, type TrainContext } from "@deepaas/core";
import { expect, test, vi } from "vitest";
import { fact, fillDisk, line, newRun, openStore, startRun, succeeded } from "./testing/store-folder.ts";

const bad = fact({ type: "progress", metrics: { a: 1n as unknown as number } });

test("all writes of a tick are one transaction", async () => {
  const { store, db } = await openStore();
  await startRun(store, "r");
  const exec = vi.spyOn(db, "exec");
  const appends = Array.from({ length: 50 }, (_, i) =>
    store.append("r", line(`${i}`), { attempt: 1, appendNumber: i + 1 }),
  );
  await Promise.all([...appends, store.create(newRun("other"))]);
  expect(exec.mock.calls.filter(([sql]) => sql === "COMMIT")).toHaveLength(1);
  expect((await store.get("r"))?.lastSeq).toBe(52);
});

test("an append that cannot be written down fails alone", async () => {
  const { store } = await openStore();
  await startRun(store, "a");
  await startRun(store, "b");
  const [first, second, third] = await Promise.allSettled([
    store.append("a", line("1"), { attempt: 1, appendNumber: 1 }),
    store.append("b", bad, { attempt: 1, appendNumber: 1 }),
    store.append("a", line("2"), { attempt: 1, appendNumber: 2 }),
  ]);
  expect([first?.status, second?.status, third?.status]).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect((await store.read("a", 2, 10)).map((event) => event.type === "log" && event.text)).toEqual(["1", "2"]);
  expect((await store.get("b"))?.lastSeq).toBe(2);
});

test("an append after one of the same run that failed is not kept, so that it can be made again in order", async () => {
  const { store } = await openStore();
  await startRun(store, "r");
  const answers = await Promise.allSettled([
    store.append("r", bad, { attempt: 1, appendNumber: 1 }),
    store.append("r", line("2"), { attempt: 1, appendNumber: 2 }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await store.append("r", line("1"), { attempt: 1, appendNumber: 1 })).toBe("kept");
  expect(await store.append("r", line("2"), { attempt: 1, appendNumber: 2 })).toBe("kept");
  expect((await store.read("r", 2, 10)).map((event) => event.type === "log" && event.text)).toEqual(["1", "2"]);
});

test("whoever is woken, or told, finds it in the file", async () => {
  const { store, path } = await openStore();
  await startRun(store, "r");
  const other = new DatabaseSync(path, { readOnly: true });
  const rows = () => other.prepare("SELECT count(*) AS rows FROM log").get()?.rows;
  const seen: unknown[] = [];
  const end = store.subscribe("r", () => seen.push(rows()));
  await store.append("r", line("a"), { attempt: 1, appendNumber: 1 });
  seen.push(rows());
  end();
  expect(seen).toEqual([3, 3]);
  other.close();
});

test("whoever throws when it is told costs nobody else anything", async () => {
  const free = vi.fn(() => {
    throw new Error("free");
  });
  const { store } = await openStore({ holder: { free } });
  await startRun(store, "r");
  const woken = vi.fn();
  store.subscribe("r", () => {
    throw new Error("wake");
  });
  store.subscribe("r", woken);
  for (const n of [1, 2]) {
    const blob = { id: `b${n}`, size: 1, contentType: "x/y" };
    expect(await store.append("r", [{ fact: { type: "published" }, blob }], { attempt: 1, appendNumber: n })).toBe(
      "kept",
    );
  }
  expect([woken.mock.calls.length, free.mock.calls.length]).toEqual([2, 1]);
  expect((await store.get("r"))?.lastSeq).toBe(4);
});

test("what was promised is synced to the disk before it is told; reports are not", async () => {
  const { store, db } = await openStore();
  const exec = vi.spyOn(db, "exec");
  let level: unknown;
  exec.mockImplementation(function (this: DatabaseSync, sql: string) {
    if (sql === "COMMIT") level = this.prepare("PRAGMA synchronous").get()?.synchronous;
    DatabaseSync.prototype.exec.call(this, sql);
  });
  const levelOf = async (work: Promise<unknown>) => {
    await work;
    return level === 2;
  };
  let n = 0;
  const append = (entries: ReturnType<typeof line>) =>
    levelOf(store.append("r", entries, { attempt: 1, appendNumber: ++n }));
  expect(await levelOf(store.create(newRun("r")))).toBe(true);
  expect(await levelOf(store.claim("r"))).toBe(false);
  expect(await append(line("a"))).toBe(false);
  expect(await append(fact({ type: "progress", step: 1 }))).toBe(false);
  expect(await append([...line("b"), ...fact({ type: "checkpoint", step: 1 })])).toBe(true);
  expect(await append(line("c"))).toBe(false);
  expect(await append(fact({ type: "published" }))).toBe(true);
  expect(await append(fact({ type: "artifact", name: "a", size: 1, contentType: "x/y" }))).toBe(true);
  expect(await levelOf(store.append("r", fact({ type: "stopping" })))).toBe(true);
  expect(await append(fact({ type: "cancelled" }))).toBe(true);
  expect(await levelOf(store.remove("r"))).toBe(true);
});

test("while the disk is full writes are unavailable and reads go on; then the same append is kept", async () => {
  const { store, db } = await openStore();
  await startRun(store, "r");
  await store.append("r", line("before"), { attempt: 1, appendNumber: 1 });
  const empty = fillDisk(db);
  const long = line("x".repeat(50_000));
  for (let i = 0; i < 3; i++) {
    await expect(store.append("r", long, { attempt: 1, appendNumber: 2 })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("full"),
    });
  }
  const [small, large] = await Promise.allSettled([
    store.append("r", line("small"), { attempt: 1 }),
    store.create(newRun("large", { args: { text: "x".repeat(50_000) } })),
  ]);
  expect([small.status, large.status], "what still fits is kept").toEqual(["fulfilled", "rejected"]);
  expect((await store.read("r", 0, 10)).map(({ type }) => type)).toEqual(["queued", "started", "log", "log"]);
  empty();
  expect(await store.append("r", [...long, ...succeeded], { attempt: 1, appendNumber: 2 })).toBe("kept");
  const events = await store.read("r", 0, 10);
  checkLog(events);
  expect(events.map(({ type }) => type)).toEqual(["queued", "started", "log", "log", "log", "succeeded"]);
});

test("while the file is read-only writes are unavailable and reads go on", async () => {
  const { store, db } = await openStore();
  await startRun(store, "r");
  db.exec("PRAGMA query_only = ON");
  for (const write of [store.append("r", succeeded, { attempt: 1, appendNumber: 1 }), store.create(newRun("x"))]) {
    await expect(write).rejects.toMatchObject({ code: "unavailable", message: expect.stringContaining("read-only") });
  }
  expect((await store.get("r"))?.state).toBe("running");
  db.exec("PRAGMA query_only = OFF");
  expect(await store.append("r", succeeded, { attempt: 1, appendNumber: 1 })).toBe("kept");
});

test("a training that ends while the disk is full has its end recorded once there is space", async () => {
  const { store, db } = await openStore();
  const full = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  await using host = await createHost({
    store,
    models: {
      m: {
        async train() {
          await full.promise;
          ended.resolve();
          return { weights: "x".repeat(50_000) };
        },
      },
    },
  });
  const { id } = await host.train("m", {});
  await expect.poll(async () => (await host.run(id)).state).toBe("running");
  const empty = fillDisk(db);
  const append = vi.spyOn(store, "append");
  full.resolve();
  await ended.promise;
  await expect
    .poll(() => append.mock.settledResults.filter(({ type }) => type === "rejected").length)
    .toBeGreaterThan(0);
  expect((await host.run(id)).state).toBe("running");
  empty();
  await expect.poll(async () => (await host.run(id)).state).toBe("succeeded");
});

test("a clock that goes back takes neither the order nor the times of a log along", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    vi.setSystemTime("2030-01-02T00:00:00.000Z");
    const { store } = await openStore();
    await startRun(store, "r");
    vi.setSystemTime("2030-01-01T00:00:00.000Z");
    await store.append("r", line("a day before"), { attempt: 1, appendNumber: 1 });
    vi.setSystemTime("2030-01-03T00:00:00.000Z");
    await store.append("r", succeeded, { attempt: 1, appendNumber: 2 });
    const events = await store.read("r", 0, 10);
    checkLog(events);
    expect(events.map(({ at }) => at.slice(0, 10))).toEqual(["2030-01-02", "2030-01-02", "2030-01-02", "2030-01-03"]);
  } finally {
    vi.useRealTimers();
  }
});

test("a store that another one has taken over changes nothing more, and still reads", async () => {
  const { store, path } = await openStore();
  await startRun(store, "r");
  await store.append("r", line("mine"), { attempt: 1, appendNumber: 1 });
  const next = (await openStore({ path })).store;
  await next.claim("r");
  expect(await store.append("r", line("late"), { attempt: 1, appendNumber: 2 })).toBe("stale");
  expect(await store.append("r", line("late"), { attempt: 2, appendNumber: 1 })).toBe("stale");
  expect(await store.claim("r")).toBeUndefined();
  const stopping = fact({ type: "stopping" });
  for (const write of [
    store.create(newRun("x")),
    store.remove("r"),
    store.append("r", stopping, { attempt: 2 }),
    store.append("r", stopping),
  ]) {
    await expect(write).rejects.toMatchObject({ code: "unavailable" });
  }
  expect(await next.append("r", line("theirs"), { attempt: 2, appendNumber: 1 })).toBe("kept");
  const events = await store.read("r", 0, 10);
  expect(events).toEqual(await next.read("r", 0, 10));
  expect(events.map(({ type }) => type)).toEqual(["queued", "started", "log", "lost", "started", "log"]);
});

test("an open that fails leaves the holder from before the holder", async () => {
  const freed: string[] = [];
  const { store, db } = await openStore({ holder: { free: ({ id }) => void freed.push(id) } });
  await store.create(newRun("r"));
  const exec = vi.spyOn(db, "exec");
  exec.mockImplementation(function (this: DatabaseSync, sql: string) {
    if (sql === "COMMIT") throw new Error("It fails.");
    DatabaseSync.prototype.exec.call(this, sql);
  });
  await expect(store.open({ id: "other" })).rejects.toMatchObject({ code: "unavailable" });
  exec.mockRestore();
  expect(await store.claim("r")).toMatchObject({ run: { attempt: 1 } });
  for (const n of [1, 2]) {
    const blob = { id: `b${n}`, size: 1, contentType: "x/y" };
    expect(await store.append("r", [{ fact: { type: "published" }, blob }], { attempt: 1, appendNumber: n })).toBe(
      "kept",
    );
  }
  expect(freed).toEqual(["b1"]);
});

test("a run that gets the id of one removed in the same tick has its own log alone", async () => {
  const { store } = await openStore();
  await Promise.all([
    store.create(newRun("r")),
    store.append("r", fact({ type: "cancelled" })),
    store.remove("r"),
    store.create(newRun("r")),
  ]);
  expect((await store.read("r", 0, 10)).map(({ seq, type }) => [seq, type])).toEqual([[1, "queued"]]);
});

test("a cancel at a host whose store was taken over is unavailable", async () => {
  const { store, path } = await openStore();
  const started = Promise.withResolvers<void>();
  const models = {
    m: {
      train(_args: object, { signal }: TrainContext) {
        started.resolve();
        return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    },
  };
  await using host = await createHost({ models, store });
  const { id } = await host.train("m", {});
  await started.promise;
  const next = (await openStore({ path })).store;
  await next.claim(id);
  const cancelled = host.cancel(id);
  // Should it ask for ever: let it find the run gone.
  cancelled.catch(() => {});
  const late = setTimeout(() => void next.append(id, succeeded), 2_000);
  try {
    await expect(cancelled).rejects.toMatchObject({ code: "unavailable" });
  } finally {
    clearTimeout(late);
  }
});

test("before it is opened and after it was closed a store says so", async () => {
  const { store } = await openStore();
  await startRun(store, "r");
  const last = store.append("r", line("on its way"), { attempt: 1, appendNumber: 1 });
  await store.close();
  expect(await last).toBe("kept");
  await store.close();
  await expect(store.get("r")).rejects.toMatchObject({ code: "unavailable" });
  await expect(store.append("r", succeeded)).rejects.toMatchObject({ code: "unavailable" });
  await expect(store.open({ id: "again" })).rejects.toMatchObject({ code: "unavailable" });
});
