// Which worker gets a call while one of them must not get any more.
import { modelFile, silentLogger } from "@deepaas/core";
import { expect, test } from "vitest";
import { WorkerPool } from "./pool.ts";
import type { WorkerProcess } from "./process.ts";

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

async function openPool() {
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
    needsReplacement: ({ overMemory }) => overMemory,
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
  return { pool, started, exceedMemory, acquire: async () => pool.acquire("predict", signal) };
}

test("a worker that exceeds its memory limit while its replacement starts, and then fails to, is still replaced", async () => {
  const { pool, started, exceedMemory, acquire } = await openPool();
  const weights = new Map([["m", { version: 1, file: modelFile(new Uint8Array()) }]]);
  const applied = pool.slots[0]?.applyWeights({ model: "m", weights, reload: async () => {} });
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
