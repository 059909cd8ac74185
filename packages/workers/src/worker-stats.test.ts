// The states of workers in `stats`. The executor suite checks them over real processes.
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import type { WorkersOptions } from "./options.ts";
import type { WorkerProcess } from "./process.ts";
import type { WorkerSlot } from "./slot.ts";
import { LossCount, statsOfSlot } from "./worker-stats.ts";
import { workers } from "./workers.ts";

function fakeWorker(more: Partial<WorkerProcess> = {}): WorkerProcess {
  const worker = {
    id: 3,
    pid: 7,
    startedAt: "2026-01-31T12:00:00.000Z",
    alive: true,
    isReady: true,
    draining: false,
    calls: new Map(),
    callCount: 5,
    runIds: new Set<string>(),
    rssBytes: undefined,
    ...more,
  };
  return worker as unknown as WorkerProcess;
}

function slotOf(worker: WorkerProcess, more: Partial<WorkerSlot> = {}): WorkerSlot {
  return { processes: new Set([worker]), worker, paused: undefined, ...more } as unknown as WorkerSlot;
}

const about = { purpose: "predict", models: ["m"] } as const;
const stateOf = (slot: WorkerSlot) => statsOfSlot(slot, about)[0]?.state;

test.each([
  ["idle", {}],
  ["busy", { calls: new Map([[1, { onMessage() {}, onLost() {} }]]) }],
  ["starting", { isReady: false }],
  ["draining", { draining: true }],
  ["ending", { alive: false }],
] as const)("a worker is %s", (state, more) => {
  expect(stateOf(slotOf(fakeWorker(more)))).toBe(state);
});

test("a worker that loads other weights is loading, also if they are not served yet", () => {
  const worker = fakeWorker();
  expect(stateOf(slotOf(worker, { paused: worker }))).toBe("loading");
  expect(stateOf(slotOf(worker, { worker: fakeWorker() }))).toBe("loading");
});

test("a worker without a measurement has no memory", () => {
  const [without] = statsOfSlot(slotOf(fakeWorker()), about);
  expect(without).toEqual({
    id: 3,
    pid: 7,
    purpose: "predict",
    models: ["m"],
    state: "idle",
    runIds: [],
    calls: 5,
    startedAt: "2026-01-31T12:00:00.000Z",
  });
  const [measured] = statsOfSlot(slotOf(fakeWorker({ rssBytes: 1_000, runIds: new Set(["r"]) })), about);
  expect(measured).toMatchObject({ rssBytes: 1_000, runIds: ["r"] });
});

test("the reason of the last loss is shown, but not what a start failed with", () => {
  const losses = new LossCount();
  expect(losses.stats()).toEqual({ count: 0, byReason: {} });
  losses.add(fakeWorker({ exitReason: "killed by SIGKILL", lossReason: "signal" }));
  expect(losses.stats()).toMatchObject({ count: 1, reason: "killed by SIGKILL", at: expect.any(String) });
  losses.add(
    fakeWorker({ isReady: false, exitReason: "Cannot find module /secret/place.ts", lossReason: "not_started" }),
  );
  expect(losses.stats()).toMatchObject({
    count: 2,
    byReason: { signal: 1, not_started: 1 },
    reason: "could not be started; the server's log says why",
  });
});

test.each([
  ["predict", {}],
  ["both", { shared: true }],
] as const)("a process for %s has its id and its memory", async (purpose, options: WorkersOptions) => {
  const module = fileURLToPath(import.meta.resolve("@deepaas/conformance/models/bare"));
  const executor = workers({ modules: { bare: module }, ...options });
  onTestFinished(() => executor.close());
  await executor.warm({ signal: new AbortController().signal, weights: async () => undefined });
  const [worker, ...others] = executor.stats?.().workers ?? [];
  expect(others).toEqual([]);
  expect(worker).toMatchObject({ purpose, models: ["bare"], pid: executor.pids()[0] });
  expect(worker?.rssBytes).toBeGreaterThan(1_000_000);
});
