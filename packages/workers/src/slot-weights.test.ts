// How one slot starts, replaces and ends its workers, and loads weights into them. The times of restarts: slot.test.ts.
import { silentLogger } from "@deepaas/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { StartRefusedError, type WorkerProcess } from "./process.ts";
import { WorkerSlot } from "./slot.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const turn = () => new Promise(setImmediate);

/** A worker that is ready, and exits, when the test says so. */
function fakeWorker() {
  const ready = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<void>();
  ready.promise.catch(() => {});
  const worker = {
    pid: 7,
    ready: ready.promise,
    exited: exited.promise,
    alive: true,
    exitReason: undefined as string | undefined,
    overMemory: false,
    draining: false,
    calls: new Map<number, object>(),
    weights: new Map<string, object>(),
    declarations: {} as Record<string, object>,
    killed: [] as string[],
    closed: 0,
    serve: () => ready.resolve(),
    fail: (error: Error) => ready.reject(error),
    kill(reason: string) {
      worker.killed.push(reason);
      worker.exit(reason);
    },
    async close() {
      worker.closed++;
    },
    exit(reason: string) {
      Object.assign(worker, { alive: false, exitReason: worker.exitReason ?? reason });
      exited.resolve();
    },
  };
  return worker;
}
type Fake = ReturnType<typeof fakeWorker>;

function open({
  eager = true,
  drained = async () => true,
}: {
  eager?: boolean;
  drained?: () => Promise<boolean>;
} = {}) {
  const started: Fake[] = [];
  const weights: unknown[] = [];
  const lines: string[] = [];
  let changes = 0;
  const slot = new WorkerSlot({
    backOffMs: 100,
    maxBackOffMs: 1_000,
    logger: { ...silentLogger, info: (_f, text) => void lines.push(text), warn: (_f, text) => void lines.push(text) },
    eager,
    drained,
    spawn: (given: unknown) => {
      weights.push(given);
      const worker = fakeWorker();
      started.push(worker);
      return worker as unknown as WorkerProcess;
    },
    weights: () => new Map(),
    onChange: () => void changes++,
  } as ConstructorParameters<typeof WorkerSlot>[0]);
  return { slot, started, weights, lines, changes: () => changes };
}

async function serving(...given: Parameters<typeof open>) {
  const opened = open(...given);
  opened.slot.ensureStarted();
  const worker = opened.started[0] as Fake;
  worker.serve();
  await turn();
  return { ...opened, worker };
}
const is = (worker: unknown, fake: Fake | undefined) => worker === fake;

describe("a start", () => {
  test("happens once, however often it is asked for", async () => {
    const { slot, started, changes } = open();
    slot.ensureStarted();
    slot.ensureStarted();
    expect([started.length, slot.isStarting, slot.worker, slot.processes.size]).toEqual([1, true, undefined, 1]);
    started[0]?.serve();
    await turn();
    slot.ensureStarted();
    expect([started.length, slot.isStarting, is(slot.worker, started[0]), changes()]).toEqual([1, false, true, 1]);
  });

  test("that fails ends its process, and another follows", async () => {
    const { slot, started } = open();
    slot.ensureStarted();
    started[0]?.fail(new Error("no weights"));
    await turn();
    expect(started[0]?.killed).toEqual(["it could not be started"]);
    expect([slot.lastFailure, slot.failuresInARow, slot.startRefusal, started.length]).toEqual([
      "no weights",
      1,
      undefined,
      2,
    ]);
    expect(slot.processes.size).toBe(1);
  });

  test("that is refused says so until another succeeds", async () => {
    const { slot, started } = open();
    slot.ensureStarted();
    const refusal = new StartRefusedError("other models");
    started[0]?.fail(refusal);
    await turn();
    expect(slot.startRefusal).toBe(refusal);
    started[1]?.serve();
    await turn();
    expect(slot.startRefusal).toBeUndefined();
  });

  test("of a worker that exits right after it was ready is a failure", async () => {
    const { slot, started } = open({ eager: false });
    slot.ensureStarted();
    started[0]?.exit("killed by SIGKILL");
    started[0]?.serve();
    await turn();
    expect([slot.worker, slot.lastFailure, slot.failuresInARow, started.length]).toEqual([
      undefined,
      "killed by SIGKILL",
      1,
      1,
    ]);
  });

  test("after a failure is logged as a restart", async () => {
    const { started, lines } = await serving();
    expect(lines).toEqual([]);
    started[0]?.exit("gone");
    await turn();
    started[1]?.serve();
    await turn();
    expect(lines).toEqual(["worker restarted"]);
  });

  test("happens on demand only, if the slot is not eager", async () => {
    const { slot, started } = await serving({ eager: false });
    started[0]?.exit("gone");
    await turn();
    expect([started.length, slot.worker, slot.processes.size]).toEqual([1, undefined, 0]);
    slot.ensureStarted();
    expect(started).toHaveLength(2);
  });
});

describe("a replacement", () => {
  test("gets the calls when it is ready; the old worker finishes its calls", async () => {
    const { slot, started, worker } = await serving();
    worker.calls.set(1, {});
    const replaced = slot.replace();
    expect([is(slot.worker, worker), started.length]).toEqual([true, 2]);
    started[1]?.serve();
    await replaced;
    expect([is(slot.worker, started[1]), worker.draining, worker.closed]).toEqual([true, true, 0]);
    // The old one is not a loss.
    worker.exit("closed by the server");
    await turn();
    expect([slot.failuresInARow, is(slot.worker, started[1]), slot.processes.size]).toEqual([0, true, 1]);
  });

  test("closes an old worker without calls at once", async () => {
    const { slot, started, worker } = await serving();
    const replaced = slot.replace();
    started[1]?.serve();
    await replaced;
    expect([worker.draining, worker.closed]).toEqual([true, 1]);
  });

  test("that fails leaves a sound worker in its place, but not one over its memory", async () => {
    const sound = await serving();
    const failed = sound.slot.replace();
    sound.started[1]?.fail(new Error("no"));
    await expect(failed).rejects.toThrow("no");
    expect([is(sound.slot.worker, sound.worker), sound.slot.failuresInARow, sound.worker.draining]).toEqual([
      true,
      0,
      false,
    ]);
    const large = await serving();
    large.worker.overMemory = true;
    const other = large.slot.replace();
    large.started[1]?.fail(new Error("no"));
    await expect(other).rejects.toThrow("no");
    expect([large.worker.draining, large.worker.closed, large.slot.failuresInARow]).toEqual([true, 1, 1]);
  });

  test("waits for a start that is under way", async () => {
    const { slot, started } = open();
    slot.ensureStarted();
    const replaced = slot.replace();
    expect(started).toHaveLength(1);
    started[0]?.serve();
    await turn();
    expect(started).toHaveLength(2);
    started[1]?.serve();
    await replaced;
    expect(is(slot.worker, started[1])).toBe(true);
  });

  test("during a delay starts at once, and once", async () => {
    const { slot, started } = await serving();
    started[0]?.exit("gone");
    await turn();
    started[1]?.exit("gone");
    started[1]?.fail(new Error("gone"));
    await turn();
    expect(vi.getTimerCount()).toBe(1);
    const replaced = slot.replace();
    expect([started.length, vi.getTimerCount()]).toEqual([3, 0]);
    started[2]?.serve();
    await replaced;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(started).toHaveLength(3);
  });

  test("of a closed slot rejects; its timer is gone", async () => {
    const { slot, started } = await serving();
    started[0]?.exit("gone");
    await turn();
    started[1]?.fail(new Error("gone"));
    await turn();
    expect(vi.getTimerCount()).toBe(1);
    slot.close();
    expect(vi.getTimerCount()).toBe(0);
    await expect(slot.replace()).rejects.toThrow("closed");
    slot.ensureStarted();
    expect(started).toHaveLength(2);
  });
});

describe("new weights", () => {
  const one = { version: 1 } as never;
  const change = (reload: (...given: unknown[]) => Promise<void> = async () => {}) => ({
    model: "m",
    weights: new Map([["m", one]]),
    reload: reload as never,
  });
  const withReload = (worker: Fake) => {
    worker.declarations.m = { has: { reload: true } };
  };

  test("are reloaded after the last call of the worker, which gets no calls meanwhile", async () => {
    const drained = Promise.withResolvers<boolean>();
    const { slot, worker, started } = await serving({ drained: () => drained.promise });
    withReload(worker);
    const reloads: unknown[] = [];
    const loading = slot.loadWeights(change(async (_worker, weights) => void reloads.push(weights)));
    await turn();
    expect([is(slot.paused, worker), reloads]).toEqual([true, []]);
    drained.resolve(true);
    const loaded = await loading;
    expect([reloads, worker.weights.size, is(slot.paused, worker)]).toEqual([[one], 0, true]);
    loaded.apply();
    expect([worker.weights.get("m"), slot.paused, started.length]).toEqual([one, undefined, 1]);
  });

  test("that are undone are replaced by the previous ones, or the worker is killed", async () => {
    const { slot, worker } = await serving();
    withReload(worker);
    const reloads: unknown[] = [];
    const undone = await slot.loadWeights(change(async (_worker, weights) => void reloads.push(weights)));
    await undone.undo();
    expect([reloads, worker.weights.size, slot.paused, worker.killed]).toEqual([[one, undefined], 0, undefined, []]);
    let tries = 0;
    const stuck = await slot.loadWeights(
      change(async () => {
        if (++tries > 1) throw new Error("no");
      }),
    );
    await stuck.undo();
    expect([worker.killed, slot.paused]).toEqual([["the previous weights could not be loaded"], undefined]);
  });

  test("that cannot be reloaded leave the worker as it was", async () => {
    const { slot, worker, changes } = await serving();
    withReload(worker);
    const before = changes();
    await expect(slot.loadWeights(change(() => Promise.reject(new Error("damaged"))))).rejects.toThrow("damaged");
    expect([worker.weights.size, slot.paused, changes(), is(slot.worker, worker)]).toEqual([
      0,
      undefined,
      before + 1,
      true,
    ]);
  });

  test("of a model without reload are loaded in another process", async () => {
    const { slot, worker, started, weights } = await serving();
    const given = change();
    const loading = slot.loadWeights(given);
    await turn();
    started[1]?.serve();
    const loaded = await loading;
    expect([weights[1], is(slot.worker, worker)]).toEqual([given.weights, true]);
    loaded.apply();
    expect([is(slot.worker, started[1]), worker.closed]).toEqual([true, 1]);
    const again = slot.loadWeights(given);
    await turn();
    started[2]?.serve();
    await (await again).undo();
    expect([started[2]?.closed, is(slot.worker, started[1])]).toEqual([1, true]);
  });

  test("are loaded in another process if a call of the worker takes too long, or it was lost", async () => {
    const slow = await serving({ drained: async () => false });
    withReload(slow.worker);
    const loading = slow.slot.loadWeights(change());
    await turn();
    expect([slow.started.length, slow.slot.paused]).toEqual([2, undefined]);
    slow.started[1]?.serve();
    await loading;
    const lost = await serving({ eager: false });
    withReload(lost.worker);
    const other = lost.slot.loadWeights(change());
    lost.worker.exit("gone");
    const nothing = await other;
    nothing.apply();
    await nothing.undo();
    expect([lost.slot.worker, lost.slot.paused, lost.started.length]).toEqual([undefined, undefined, 1]);
  });

  test("that the worker has are not loaded again", async () => {
    const { slot, worker, started } = await serving();
    withReload(worker);
    worker.weights.set("m", one);
    let reloads = 0;
    await slot.loadWeights(change(async () => void reloads++));
    expect([reloads, started.length, slot.paused]).toEqual([0, 1, undefined]);
  });

  test("of a slot that starts on demand are not loaded before", async () => {
    const lazy = open({ eager: false });
    await lazy.slot.loadWeights(change());
    expect(lazy.started).toHaveLength(0);
  });

  test("that go back to the shipped ones are removed", async () => {
    const { slot, worker } = await serving();
    withReload(worker);
    worker.weights.set("m", one);
    (await slot.loadWeights({ ...change(), weights: new Map() })).apply();
    expect(worker.weights.size).toBe(0);
  });
});

describe("an end", () => {
  test("of the worker drains it, once", async () => {
    const { slot, worker } = await serving();
    slot.drain();
    slot.drain();
    expect([slot.worker, worker.draining, worker.closed]).toEqual([undefined, true, 1]);
  });

  test("of all ends every process and forgets the failures", async () => {
    const { slot, started, worker } = await serving();
    const other = slot.replace();
    other.catch(() => {});
    await turn();
    slot.failuresInARow = 5;
    slot.nextStartAt = 1e9;
    slot.startRefusal = new StartRefusedError("no");
    started[1]?.fail(new Error("killed"));
    await slot.stop();
    expect([worker.killed, started[1]?.alive]).toEqual([["the start of the workers failed"], false]);
    expect([slot.worker, slot.failuresInARow, slot.nextStartAt, slot.startRefusal]).toEqual([
      undefined,
      0,
      0,
      undefined,
    ]);
    expect([slot.processes.size, vi.getTimerCount(), started.length]).toEqual([0, 0, 2]);
    slot.ensureStarted();
    expect(started).toHaveLength(3);
  });
});
