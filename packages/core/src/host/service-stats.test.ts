import { expect, test } from "vitest";
import { memoryStore } from "../in-memory/run-store.ts";
import { createHost, silentLogger, type TrainContext } from "../index.ts";
import { reloadable } from "../testing/reloadable.ts";

test("the counts go on when the code is replaced, with the calls that the code before still has", async () => {
  const gate = Promise.withResolvers<void>();
  const held = { predict: () => gate.promise.then(() => 0) };
  const { executor } = reloadable([held, { predict: () => 1 }]);
  await using host = await createHost({ executor, logger: silentLogger });
  const calls = [host.predict("m", {}), host.predict("m", {})];
  await host.reloadCode();
  await host.predict("m", {});
  expect((await host.stats()).models).toMatchObject([{ model: "m", running: 1, waiting: 1, calls: 1 }]);
  gate.resolve();
  await Promise.all(calls);
  expect((await host.stats()).models).toMatchObject([{ model: "m", running: 0, waiting: 0, calls: 3, failed: 0 }]);
});

test("without stats of the executor and the store there are no workers, and the kind is other", async () => {
  const { stats: _stats, ...store } = memoryStore();
  await using host = await createHost({ models: { m: { predict: () => 1 } }, store, logger: silentLogger });
  const { workers, lostWorkers, store: stored, runs, rssBytes } = await host.stats();
  expect([workers, lostWorkers, stored, runs]).toEqual([[], { count: 0, byReason: {} }, { kind: "other" }, []]);
  expect(rssBytes).toBeGreaterThan(1_000_000);
});

test("the stats say why the store keeps nothing", async () => {
  const store = { ...memoryStore(), problem: () => "the disk is full" };
  await using host = await createHost({ models: { m: { predict: () => 1 } }, store, logger: silentLogger });
  const problem = "the store cannot keep what runs report: the disk is full";
  expect(await host.stats()).toMatchObject({
    status: { state: "degraded", reasons: [problem] },
    store: { kind: "memory", problem },
  });
});

test("a queue without a limit is null, and stats reject as any other call", async () => {
  const limits = { queue: Number.POSITIVE_INFINITY };
  const host = await createHost({ models: { m: { predict: () => 1 } }, limits, logger: silentLogger });
  expect((await host.stats()).models[0]?.queue).toBeNull();
  await expect(host.stats({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
  await host.close();
  await expect(host.stats()).rejects.toMatchObject({ code: "unavailable" });
});

test("a watcher that does not read is behind by what it has not got", async () => {
  const trainer = {
    predict: () => 0,
    train: async (_args: unknown, { report }: TrainContext) => {
      for (let step = 1; step <= 5; step++) report({ step });
    },
  };
  await using host = await createHost({ models: { trainer }, logger: silentLogger });
  const { id } = await host.train("trainer", {});
  const slow = host.watch(id)[Symbol.asyncIterator]();
  await slow.next();
  for await (const _event of host.watch(id));
  const { lastSeq } = await host.run(id);
  expect(lastSeq).toBeGreaterThanOrEqual(8);
  expect((await host.stats()).watchers).toEqual({ count: 1, mostBehind: lastSeq - 1 });
  await slow.return?.();
  expect((await host.stats()).watchers).toEqual({ count: 0, mostBehind: 0 });
});
