// When a worker is started again: with the clock in hand.
import { silentLogger } from "@deepaas/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Seat } from "./seat.ts";
import type { WorkerProcess } from "./worker-process.ts";

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => vi.useRealTimers());

/** A worker that is ready at once, and dies when it is told to. */
function fakeWorker(): WorkerProcess & { die(): Promise<void> } {
  const gone = Promise.withResolvers<void>();
  const worker = {
    ready: Promise.resolve({ models: {}, reloads: [] }),
    gone: gone.promise,
    alive: true,
    reason: undefined as string | undefined,
    async die() {
      Object.assign(worker, { alive: false, reason: "it died" });
      gone.resolve();
      await settled();
    },
  };
  return worker as never;
}

/** After every promise that is settled now. */
const settled = () => new Promise(setImmediate);

function seatOf(backOff: { readonly backOffMs: number; readonly maxBackOffMs: number }) {
  const started: ReturnType<typeof fakeWorker>[] = [];
  const spawn = () => {
    const worker = fakeWorker();
    started.push(worker);
    return worker;
  };
  const seat = new Seat({
    ...backOff,
    logger: silentLogger,
    eager: true,
    spawn,
    weights: () => new Map(),
    onChange: () => {},
  });
  seat.want();
  return { seat, started };
}

test("the first death is followed by a start at once, each further one by a wait twice as long, up to the longest", async () => {
  const { seat, started } = seatOf({ backOffMs: 100, maxBackOffMs: 1_000 });
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
  seat.close();
});

test("a call that was answered ends the row of deaths", async () => {
  const { seat, started } = seatOf({ backOffMs: 100, maxBackOffMs: 1_000 });
  await settled();
  await started.at(-1)?.die();
  await settled();
  // What the pool does when a worker has answered.
  seat.failures = 0;
  await started.at(-1)?.die();
  await settled();
  expect(started).toHaveLength(3);
  seat.close();
});

test("three deaths in a row are told with their reason, until one has served for ten seconds", async () => {
  const { seat, started } = seatOf({ backOffMs: 0, maxBackOffMs: 0 });
  await settled();
  for (let deaths = 1; deaths <= 3; deaths++) {
    expect(seat.trouble).toBeUndefined();
    await started.at(-1)?.die();
    await settled();
  }
  expect(started).toHaveLength(4);
  expect(seat.trouble).toBe("a worker was lost 3 times in a row: it died");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(seat.trouble).toBe("a worker was lost 3 times in a row: it died");
  await vi.advanceTimersByTimeAsync(1);
  expect(seat.trouble).toBeUndefined();
  seat.close();
});

test("a seat that is closed while it waits starts nothing", async () => {
  const { seat, started } = seatOf({ backOffMs: 100, maxBackOffMs: 100 });
  await settled();
  for (let i = 0; i < 2; i++) {
    await started.at(-1)?.die();
    await settled();
  }
  expect(started).toHaveLength(2);
  seat.close();
  await vi.advanceTimersByTimeAsync(1_000);
  await settled();
  expect(started).toHaveLength(2);
});
