// When a worker is started again, with fake timers.
import { silentLogger } from "@deepaas/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { WorkerProcess } from "./process.ts";
import { WorkerSlot } from "./slot.ts";

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => vi.useRealTimers());

/** A worker that is ready at once and exits when `die` is called. */
function fakeWorker(): WorkerProcess & { die(): Promise<void> } {
  const exited = Promise.withResolvers<void>();
  const worker = {
    ready: Promise.resolve(),
    exited: exited.promise,
    alive: true,
    exitReason: undefined as string | undefined,
    async die() {
      Object.assign(worker, { alive: false, exitReason: "killed by SIGKILL" });
      exited.resolve();
      await settled();
    },
  };
  return worker as never;
}

/** Resolves after every promise that is settled now. */
const settled = () => new Promise(setImmediate);

function openSlot(backOff: { readonly backOffMs: number; readonly maxBackOffMs: number }) {
  const started: ReturnType<typeof fakeWorker>[] = [];
  const spawn = () => {
    const worker = fakeWorker();
    started.push(worker);
    return worker;
  };
  const slot = new WorkerSlot({
    ...backOff,
    logger: silentLogger,
    eager: true,
    spawn,
    weights: () => new Map(),
    onChange: () => {},
    drained: async () => true,
  });
  slot.ensureStarted();
  return { slot, started };
}

test("after the first failure a worker is started at once, after each further one with twice the delay, up to maxBackOffMs", async () => {
  const { slot, started } = openSlot({ backOffMs: 100, maxBackOffMs: 1_000 });
  await settled();
  for (const waitMs of [0, 100, 200, 400, 800, 1_000, 1_000]) {
    const before = started.length;
    await started.at(-1)?.die();
    if (waitMs > 0) {
      await vi.advanceTimersByTimeAsync(waitMs - 1);
      expect([waitMs, started.length]).toEqual([waitMs, before]);
      await vi.advanceTimersByTimeAsync(1);
    }
    await settled();
    expect([waitMs, started.length]).toEqual([waitMs, before + 1]);
  }
  slot.close();
});

test("an answered call resets the number of failures in a row", async () => {
  const { slot, started } = openSlot({ backOffMs: 100, maxBackOffMs: 1_000 });
  await settled();
  await started.at(-1)?.die();
  await settled();
  // The pool does this when a worker has answered.
  slot.failuresInARow = 0;
  await started.at(-1)?.die();
  await settled();
  expect(started).toHaveLength(3);
  slot.close();
});

test("three failures in a row are a problem, with its reason, until a worker has served for ten seconds", async () => {
  const { slot, started } = openSlot({ backOffMs: 0, maxBackOffMs: 0 });
  await settled();
  for (let deaths = 1; deaths <= 3; deaths++) {
    expect(slot.problem).toBeUndefined();
    await started.at(-1)?.die();
    await settled();
  }
  expect(started).toHaveLength(4);
  expect(slot.problem).toBe("worker lost 3 times in a row: killed by SIGKILL");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(slot.problem).toBe("worker lost 3 times in a row: killed by SIGKILL");
  await vi.advanceTimersByTimeAsync(1);
  expect(slot.problem).toBeUndefined();
  slot.close();
});

test("a slot that is closed during the delay starts no worker", async () => {
  const { slot, started } = openSlot({ backOffMs: 100, maxBackOffMs: 100 });
  await settled();
  for (let i = 0; i < 2; i++) {
    await started.at(-1)?.die();
    await settled();
  }
  expect(started).toHaveLength(2);
  slot.close();
  await vi.advanceTimersByTimeAsync(1_000);
  await settled();
  expect(started).toHaveLength(2);
});
