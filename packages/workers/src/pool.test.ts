// Which worker gets a call while one of them must not get any more.
import { modelFile, silentLogger } from "@deepaas/core";
import { describe, expect, test, vi } from "vitest";
import { WorkerPool } from "./pool.ts";
import type { WorkerProcess } from "./process.ts";
import type { WorkerSlot } from "./slot.ts";

/** A worker that is ready after `serve`, and cannot be started after `fail`. */
function fakeWorker() {
  const ready = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<void>();
  const end = () => {
    Object.assign(worker, { alive: false, exitReason: "exited with code 0" });
    exited.resolve();
  };
  const worker = {
    ready: ready.promise,
    exited: exited.promise,
    calls: new Map(),
    weights: new Map(),
    callCount: 1,
    takesAhead: true,
    declarations: {},
    alive: true,
    isReady: true,
    overMemory: false,
    draining: false,
    exitReason: undefined as string | undefined,
    kill: end,
    close: async () => end(),
    serve: () => ready.resolve(),
    fail: () => ready.reject(new Error("it cannot load its weights")),
  };
  return worker;
}

type Fake = ReturnType<typeof fakeWorker>;

const real = (worker: Fake | undefined) => worker as unknown as WorkerProcess;

async function openPool({ maxHeld = 0, maxCalls = 1_000 } = {}) {
  const started: Fake[] = [];
  const spawn = () => {
    const worker = fakeWorker();
    started.push(worker);
    // The first one is ready; each test decides about the others.
    if (started.length === 1) worker.serve();
    return real(worker);
  };
  const pool = new WorkerPool({
    size: 1,
    capacity: { predict: 1, train: 0 },
    eager: true,
    graceMs: 1_000,
    needsReplacement: ({ overMemory, callCount }) => overMemory || callCount >= maxCalls,
    maxHeld: () => maxHeld,
    backOffMs: 1,
    maxBackOffMs: 1,
    logger: silentLogger,
    spawn,
    weights: () => new Map(),
  });
  const { signal } = new AbortController();
  await pool.start(signal);
  const exceedMemory = () => {
    const worker = started[0] as Fake;
    worker.overMemory = true;
    pool.replaceIfNeeded(real(worker));
  };
  /** As a predict of model m. */
  const predict = () => {
    const worker = pool.acquire("predict", signal, { model: "m" }) as WorkerProcess;
    worker.calls.set(worker.callCount++, {} as never);
    return worker;
  };
  return { pool, started, exceedMemory, predict, acquire: async () => pool.acquire("predict", signal) };
}

test("a worker that exceeds its memory limit while its replacement starts, and then fails to, is still replaced", async () => {
  const { pool, started, exceedMemory, acquire } = await openPool();
  const weights = new Map([["m", { version: 1, file: modelFile(new Uint8Array()) }]]);
  const applied = pool.slots[0]?.loadWeights({ model: "m", weights, reload: async () => {} });
  const refused = expect(applied).rejects.toThrow("it cannot load its weights");
  expect(started).toHaveLength(2);
  exceedMemory();
  const waiting = acquire();
  started[1]?.fail();
  await refused;
  await expect.poll(() => started.length).toBe(3);
  started[2]?.serve();
  expect(await waiting).toBe(started[2]);
  expect(started.map(({ alive }) => alive)).toEqual([false, false, true]);
  await pool.close();
});

describe("new weights of a model with reload", () => {
  const weights = (version: number) => new Map([["m", { version, file: modelFile(new Uint8Array()) }]]);

  async function openReloading() {
    const opened = await openPool();
    const [worker] = opened.started as [Fake];
    Object.assign(worker.declarations, { m: { has: { reload: true } } });
    const reloads: (number | undefined)[] = [];
    const reload = async (_worker: WorkerProcess, wanted: { readonly version: number } | undefined) => {
      reloads.push(wanted?.version);
    };
    const [slot] = opened.pool.slots as [WorkerSlot];
    return {
      ...opened,
      worker,
      reloads,
      load: (to: number) => slot.loadWeights({ model: "m", weights: weights(to), reload }),
    };
  }

  test("are loaded after the last predict of the worker, which gets no call until they are served", async () => {
    const { pool, worker, reloads, load, acquire } = await openReloading();
    await acquire();
    const loading = load(1);
    const waiting = acquire();
    let isAcquired = false;
    void waiting.then(() => {
      isAcquired = true;
    });
    await new Promise(setImmediate);
    expect([reloads, isAcquired]).toEqual([[], false]);
    pool.release(real(worker), "predict");
    const loaded = await loading;
    expect([reloads, isAcquired]).toEqual([[1], false]);
    loaded.apply();
    expect(await waiting).toBe(worker);
    expect(worker.weights.get("m")).toMatchObject({ version: 1 });
    await pool.close();
  });

  test("are taken back if they are not to be served", async () => {
    const { pool, worker, reloads, load, acquire } = await openReloading();
    const loaded = await load(1);
    const waiting = acquire();
    await loaded.undo();
    expect(reloads).toEqual([1, undefined]);
    expect(await waiting).toBe(worker);
    expect(worker.weights.get("m")).toBeUndefined();
    await pool.close();
  });

  test("are loaded in another process while a predict does not end", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const { pool, worker, started, reloads, load, acquire } = await openReloading();
      await acquire();
      const loading = load(1);
      await vi.advanceTimersByTimeAsync(999);
      expect(started).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1);
      expect([started.length, reloads]).toEqual([2, []]);
      started[1]?.serve();
      (await loading).apply();
      expect(await acquire()).toBe(started[1]);
      expect(worker.draining).toBe(true);
      await pool.close();
    } finally {
      vi.useRealTimers();
    }
  });

  test("are loaded by the next worker if the first one dies meanwhile", async () => {
    const { pool, worker, started, load, acquire } = await openReloading();
    await acquire();
    const loading = load(1);
    worker.kill();
    await expect.poll(() => started.length).toBe(2);
    started[1]?.serve();
    await expect.poll(() => started.length).toBe(3);
    started[2]?.serve();
    (await loading).apply();
    expect(await acquire()).toBe(started[2]);
    await pool.close();
  });
});

test("while no replacement of a worker over its memory limit can be started, the start is tried again", async () => {
  const { pool, started, exceedMemory, acquire } = await openPool();
  exceedMemory();
  const waiting = acquire();
  for (const at of [1, 2]) {
    await expect.poll(() => started.length).toBe(at + 1);
    started[at]?.fail();
  }
  await expect.poll(() => started.length).toBe(4);
  started[3]?.serve();
  expect(await waiting).toBe(started[3]);
  await pool.close();
});

test("a worker within its memory limit goes on serving when its replacement cannot be started", async () => {
  const { pool, started, acquire } = await openPool();
  const replaced = pool.slots[0]?.replace();
  started[1]?.fail();
  await expect(replaced).rejects.toThrow("it cannot load its weights");
  expect(await acquire()).toBe(started[0]);
  expect(started).toHaveLength(2);
  await pool.close();
});

describe("a worker that runs a predict", () => {
  test("holds as many of the same model as it may, and none of another one", async () => {
    const { pool, started, predict } = await openPool({ maxHeld: 2 });
    expect(predict()).toBe(started[0]);
    expect(pool.holdsLast(real(started[0]))).toBe(false);
    expect([pool.takesAhead("m"), pool.takesAhead("other")]).toEqual([true, false]);
    expect(predict()).toBe(started[0]);
    expect(pool.holdsLast(real(started[0]))).toBe(true);
    predict();
    expect(pool.takesAhead("m")).toBe(false);
  });

  test("holds none beyond its maxCalls", async () => {
    const { pool, predict } = await openPool({ maxHeld: 32, maxCalls: 3 });
    predict();
    expect(pool.takesAhead("m")).toBe(true);
    predict();
    expect(pool.takesAhead("m")).toBe(false);
  });

  test("holds none beside a batch or a stream", async () => {
    const { pool, acquire } = await openPool({ maxHeld: 32 });
    await acquire();
    expect(pool.takesAhead("m")).toBe(false);
  });
});
