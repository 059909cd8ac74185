// Who gets which worker, when one of them must not have another call.
import { modelFile, silentLogger } from "@deepaas/core";
import { expect, test } from "vitest";
import { WorkerPool } from "./worker-pool.ts";
import type { Ready, WorkerProcess } from "./worker-process.ts";

/** A worker that is ready, or cannot be started, when that is said. */
function fakeWorker() {
  const ready = Promise.withResolvers<Ready>();
  const gone = Promise.withResolvers<void>();
  const end = () => {
    Object.assign(worker, { alive: false, reason: "it ended" });
    gone.resolve();
  };
  const worker = {
    ready: ready.promise,
    gone: gone.promise,
    calls: new Map(),
    weights: new Map(),
    given: 1,
    alive: true,
    started: true,
    outgrown: false,
    retired: false,
    reason: undefined as string | undefined,
    kill: end,
    close: async () => end(),
    serve: () => ready.resolve({ models: {}, reloads: [] }),
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
    // The first one serves; what becomes of others is for each test to say.
    if (started.length === 1) worker.serve();
    return real(worker);
  };
  const pool = new WorkerPool({
    seats: 1,
    room: { predict: 1, train: 0 },
    eager: true,
    isWorn: ({ outgrown }) => outgrown,
    backOffMs: 1,
    maxBackOffMs: 1,
    logger: silentLogger,
    spawn,
    weights: () => new Map(),
  });
  const { signal } = new AbortController();
  await pool.open(signal);
  const outgrow = () => {
    const worker = started[0] as Fake;
    worker.outgrown = true;
    pool.replaceWorn(real(worker));
  };
  return { pool, started, outgrow, acquire: async () => pool.acquire("predict", signal) };
}

test("a worker that outgrows its memory while the one in its place is started and then fails is replaced all the same", async () => {
  const { pool, started, outgrow, acquire } = await openPool();
  const weights = new Map([["m", modelFile(new Uint8Array())]]);
  const adopted = pool.seats[0]?.adopt({ model: "m", weights, reload: async () => {} });
  const refused = expect(adopted).rejects.toThrow("it cannot load its weights");
  expect(started).toHaveLength(2);
  outgrow();
  const waiting = acquire();
  started[1]?.fail();
  await refused;
  await expect.poll(() => started.length).toBe(3);
  started[2]?.serve();
  expect(await waiting).toBe(started[2]);
  expect(started.map(({ alive }) => alive)).toEqual([false, false, true]);
  await pool.close();
});

test("when none can be started in the place of an outgrown one, others are tried until one can", async () => {
  const { pool, started, outgrow, acquire } = await openPool();
  outgrow();
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

test("one that has not outgrown its memory serves on when another one cannot be started", async () => {
  const { pool, started, acquire } = await openPool();
  const renewed = pool.seats[0]?.renew();
  started[1]?.fail();
  await expect(renewed).rejects.toThrow("it cannot load its weights");
  expect(await acquire()).toBe(started[0]);
  expect(started).toHaveLength(2);
  await pool.close();
});
