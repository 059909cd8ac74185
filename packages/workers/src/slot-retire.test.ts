// A slot whose code was replaced: no worker of it is left, whatever it is doing.
import { silentLogger } from "@deepaas/core";
import { expect, test } from "vitest";
import type { WorkerProcess } from "./process.ts";
import { WorkerSlot } from "./slot.ts";

function fakeWorker() {
  const ready = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<void>();
  ready.promise.catch(() => {});
  const worker = {
    pid: 7,
    ready: ready.promise,
    exited: exited.promise,
    alive: true,
    isReady: false,
    draining: false,
    exitReason: undefined as string | undefined,
    calls: new Map<number, object>(),
    weights: new Map<string, object>(),
    closed: 0,
    serve() {
      worker.isReady = true;
      ready.resolve();
    },
    kill(reason: string) {
      Object.assign(worker, { alive: false, exitReason: worker.exitReason ?? reason });
      ready.reject(new Error(reason));
      exited.resolve();
    },
    close: async () => void worker.closed++,
  };
  return worker;
}

const turn = () => new Promise(setImmediate);

function open() {
  const started: ReturnType<typeof fakeWorker>[] = [];
  const slot = new WorkerSlot({
    spawn: () => {
      const worker = fakeWorker();
      started.push(worker);
      return worker as unknown as WorkerProcess;
    },
    weights: () => new Map(),
    eager: true,
    backOffMs: 0,
    maxBackOffMs: 0,
    logger: silentLogger,
    onChange() {},
    drained: async () => true,
  });
  slot.ensureStarted();
  return { slot, started, first: started[0] as ReturnType<typeof fakeWorker> };
}

test("an idle worker is closed, a busy one after its call", async () => {
  for (const busy of [false, true]) {
    const { slot, first, started } = open();
    first.serve();
    await turn();
    if (busy) first.calls.set(1, {});
    slot.retire();
    expect([slot.worker, first.draining, first.closed]).toEqual([undefined, true, busy ? 0 : 1]);
    slot.ensureStarted();
    expect(started).toHaveLength(1);
  }
});

test("a worker that is starting is killed, and none follows", async () => {
  const { slot, first, started } = open();
  slot.retire();
  await turn();
  expect(first.exitReason).toBe("its code was replaced");
  expect(started).toHaveLength(1);
  expect(slot.worker).toBeUndefined();
});

test("a worker that is ready in the same turn is closed", async () => {
  const { slot, first } = open();
  first.serve();
  slot.retire();
  await turn();
  expect([slot.worker, first.draining, first.closed]).toEqual([undefined, true, 1]);
});
