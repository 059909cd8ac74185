// One worker process on a child and a clock that the test holds: its timers, limits and ends. Real processes: supervision.test.ts.
import { modelFile } from "@deepaas/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Child, ChildEvents } from "./child.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { protocolVersion } from "./messages.ts";
import { StartRefusedError, WorkerProcess, type WorkerProcessOptions } from "./process.ts";

const program = { command: "/program", args: ["--a"], env: { A: "1" } };
interface Spawned {
  readonly program: object;
  readonly folder: string;
  readonly events: ChildEvents;
  readonly frames: Buffer[];
  kills: number;
  closedPipes: number;
}
const spawned: Spawned[] = [];
let onWrite: (frame: Buffer) => void = () => {};

vi.mock("./child.ts", () => ({
  spawnChild(given: object, folder: string, events: ChildEvents): Child {
    const one = { events, program: given, folder, frames: [] as Buffer[], kills: 0, closedPipes: 0 };
    spawned.push(one);
    return {
      pid: 7,
      write(frame) {
        one.frames.push(frame);
        onWrite(frame);
      },
      kill: () => void one.kills++,
      closePipes: () => void one.closedPipes++,
    };
  },
}));
/** Frames are JSON here. Real ones: frames.test.ts. */
vi.mock("./frames.ts", async (original) => ({
  ...(await original<typeof import("./frames.ts")>()),
  encodeFrame: (message: object) => Buffer.from(JSON.stringify(message)),
}));
vi.mock("./message-files.ts", async (original) => ({
  ...(await original<typeof import("./message-files.ts")>()),
  decodeMessage: (frame: unknown) => ({ message: frame, filesOnDisk: (frame as { files?: string[] }).files ?? [] }),
  encodeMessage: (message: object) => ({ frame: Buffer.from(JSON.stringify(message)), paths: ["/file"] }),
}));

beforeEach(() => {
  spawned.length = 0;
  onWrite = () => {};
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const turn = () => new Promise(setImmediate);
const ready = (more: object = {}): FromWorker => ({
  type: "ready",
  protocol: protocolVersion,
  models: { m: { has: {} } as never },
  ...more,
});

function start(
  more: { maxRssBytes?: number; checkModels?: () => void; weights?: WorkerProcessOptions["weights"] } = {},
) {
  const events: unknown[] = [];
  const worker = new WorkerProcess({
    settings: {
      program,
      startMs: 300,
      graceMs: 100,
      maxRssBytes: more.maxRssBytes ?? 1_000,
      modules: { m: "/m.ts" },
    } as never,
    folder: { path: "/folder", deleteWhenUnused: (files: readonly string[]) => void events.push(files) } as never,
    weights: more.weights ?? new Map(),
    output: {
      stdout: (chunk: Buffer) => void events.push(`out ${String(chunk)}`),
      stderr: (chunk: Buffer) => void events.push(`err ${String(chunk)}`),
      flush: () => void events.push("flush"),
      serverLog: (message: object) => void events.push(message),
    } as never,
    checkModels: more.checkModels ?? (() => {}),
    onFiles: (files) => void events.push(files),
    onOverMemory: () => void events.push("over memory"),
  });
  const child = spawned.at(-1) as (typeof spawned)[number];
  const messages = () => child.frames.map((frame) => JSON.parse(String(frame)) as ToWorker);
  const says = (message: FromWorker | object) => child.events.onFrame(message as never);
  return { worker, child, events, messages, says };
}

/** The outcome of a promise so far. */
function settled(promise: Promise<unknown>) {
  const outcome: { value?: unknown; error?: Error; done: boolean } = { done: false };
  promise.then(
    (value) => Object.assign(outcome, { value, done: true }),
    (error: Error) => Object.assign(outcome, { error, done: true }),
  );
  return outcome;
}
const call = () => {
  const got: unknown[] = [];
  return {
    got,
    onMessage: (message: FromWorker) => void got.push(message),
    onLost: (error: object) => void got.push(error),
  };
};

describe("a start", () => {
  test("sends the models, and is ready with their declarations", async () => {
    const weights = new Map([["m", { version: 2, file: modelFile(new Uint8Array()) }]]);
    const { worker, child, messages, says } = start({ weights });
    const state = settled(worker.ready);
    expect(child).toMatchObject({ program, folder: "/folder" });
    await turn();
    expect(messages()).toMatchObject([
      { type: "start", protocol: protocolVersion, models: { m: "/m.ts" }, weights: { m: { version: 2 } } },
    ]);
    expect([worker.pid, worker.alive, worker.isReady, worker.declarations]).toEqual([7, true, false, {}]);
    expect(worker.weights).toEqual(weights);
    expect(worker.weights).not.toBe(weights);
    says(ready());
    await turn();
    expect([worker.isReady, worker.declarations, state.done]).toEqual([true, { m: { has: {} } }, true]);
  });

  test("that is ready in time leaves no timer that kills the worker later", async () => {
    const { says, child } = start();
    await vi.advanceTimersByTimeAsync(299);
    says(ready());
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(child.kills).toBe(0);
  });

  test("that takes too long kills the worker", async () => {
    const { worker, child } = start();
    const state = settled(worker.ready);
    await vi.advanceTimersByTimeAsync(299);
    expect(child.kills).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect([child.kills, worker.alive, state.done]).toEqual([1, false, false]);
    child.events.onExit("killed by SIGKILL", "signal");
    await turn();
    expect(state.error?.message).toBe("not ready within 300 ms");
  });

  test("of another version of the protocol kills the worker", async () => {
    const { worker, child, says } = start();
    says(ready({ protocol: 99 }));
    expect([child.kills, worker.isReady, vi.getTimerCount()]).toEqual([1, false, 0]);
    const state = settled(worker.ready);
    child.events.onExit("killed by SIGKILL", "signal");
    await turn();
    expect(state.error?.message).toContain("version 99 of the protocol");
  });

  test("of other models is refused", async () => {
    const refusal = new StartRefusedError("other models");
    const { worker, child, says } = start({
      checkModels: () => {
        throw refusal;
      },
    });
    const state = settled(worker.ready);
    says(ready());
    await turn();
    expect([state.error, child.kills, worker.isReady, worker.declarations]).toEqual([refusal, 1, false, {}]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("that the worker cannot make is refused with its message", async () => {
    const { worker, child, says } = start();
    const state = settled(worker.ready);
    says({ type: "failed", message: "m: no such file" });
    await turn();
    expect(state.error).toBeInstanceOf(StartRefusedError);
    expect([state.error?.message, child.kills, vi.getTimerCount()]).toEqual(["m: no such file", 1, 0]);
  });

  test("whose message cannot be sent kills the worker", async () => {
    onWrite = () => {
      throw new Error("disk full");
    };
    const { worker, child } = start();
    await turn();
    expect(child.kills).toBe(1);
    const state = settled(worker.ready);
    child.events.onExit("killed by SIGKILL", "signal");
    await turn();
    expect(state.error?.message).toBe("sending its weights failed: disk full");
  });

  test("that ends before it is ready rejects with the reason, and leaves no timer", async () => {
    const { worker, child } = start();
    const [state, exited] = [settled(worker.ready), settled(worker.exited)];
    child.events.onExit("exited with code 1", "exited");
    await turn();
    expect([state.error?.message, exited.done, worker.exitReason]).toEqual([
      "exited with code 1",
      true,
      "exited with code 1",
    ]);
    expect([vi.getTimerCount(), worker.alive, child.closedPipes]).toEqual([0, false, 1]);
  });
});

describe("calls", () => {
  test("have ids of their own and get their messages until they are removed", () => {
    const { worker, says } = start();
    const [one, two] = [call(), call()];
    const ids = [worker.addCall(one), worker.addCall(two)];
    expect(ids).toEqual([1, 2]);
    says({ type: "end", id: 2 });
    expect([one.got, two.got]).toEqual([[], [{ type: "end", id: 2 }]]);
    worker.removeCall(2);
    says({ type: "end", id: 2 });
    says({ type: "end", id: 99 });
    expect([one.got, two.got.length, worker.calls.size, worker.callCount]).toEqual([[], 1, 1, 2]);
  });

  test("are lost with the worker, each once, with the reason", async () => {
    const { worker, child } = start();
    const [one, two] = [call(), call()];
    worker.addCall(one);
    worker.addCall(two);
    child.events.onExit("killed by SIGSEGV", "signal");
    const error = { code: "worker_lost", message: "The worker was lost: killed by SIGSEGV." };
    expect([one.got, two.got, worker.lostCalls, worker.calls.size]).toEqual([[error], [error], 2, 0]);
    const late = call();
    worker.addCall(late);
    expect([late.got, worker.calls.size, worker.callCount]).toEqual([[error], 0, 3]);
  });

  test("are lost with the reason for which the server ended it, the first one", () => {
    const { worker, child } = start();
    const one = call();
    worker.addCall(one);
    worker.kill("too slow", { code: "deadline_exceeded", loss: "not_stopped" });
    worker.kill("again");
    expect([child.kills, worker.alive]).toEqual([2, false]);
    child.events.onExit("killed by SIGKILL", "signal");
    expect(one.got).toEqual([{ code: "deadline_exceeded", message: "The worker was lost: too slow." }]);
    worker.kill("later");
    expect([child.kills, worker.exitReason]).toEqual([2, "too slow"]);
  });

  test("a hold keeps it busy until it is freed, and is no call", () => {
    const { worker, child } = start();
    const free = worker.hold();
    expect([worker.calls.size, worker.callCount]).toEqual([1, 0]);
    const next = call();
    expect(worker.addCall(next)).toBe(2);
    free();
    expect([...worker.calls.keys()]).toEqual([2]);
    child.events.onExit("gone", "exited");
    worker.hold()();
    expect(worker.calls.size).toBe(0);
  });

  test("are sent while it runs, not afterwards; their files are named", () => {
    const { worker, child, messages } = start();
    expect(worker.send({ type: "close" })).toEqual(["/file"]);
    worker.sendPlain({ type: "next", id: 1 });
    expect(messages().slice(1)).toEqual([{ type: "close" }, { type: "next", id: 1 }]);
    child.events.onExit("gone", "exited");
    expect(worker.send({ type: "close" })).toEqual(["/file"]);
    worker.sendPlain({ type: "next", id: 1 });
    expect(messages()).toHaveLength(3);
  });
});

describe("what a worker says", () => {
  test("is logged, and files that it wrote are deleted when they are not used any more", () => {
    const { events, says, child } = start();
    const log = { type: "serverLog", level: "info", message: "hello", fields: {} };
    says({ ...log, files: ["/a"] });
    child.events.onStdout(Buffer.from("a"));
    child.events.onStderr(Buffer.from("b"));
    expect(events).toEqual([["/a"], { ...log, files: ["/a"] }, "out a", "err b"]);
  });

  test("outside of the protocol kills it", () => {
    const { worker, child } = start();
    child.events.onInvalidFrame();
    expect(child.kills).toBe(1);
    child.events.onExit("killed by SIGKILL", "signal");
    expect(worker.exitReason).toBe("invalid frame on the protocol pipe");
  });
});

describe("memory", () => {
  test("up to the limit is fine; beyond it an idle worker is replaced, once", () => {
    const { worker, child, events, says } = start();
    says(ready());
    const id = worker.addCall(call());
    worker.removeCall(id);
    child.events.onMemory(1_000);
    expect([worker.overMemory, events.includes("over memory")]).toEqual([false, false]);
    child.events.onMemory(1_001);
    child.events.onMemory(1_002);
    expect([worker.overMemory, child.kills]).toEqual([true, 0]);
    expect(events.filter((event) => event === "over memory")).toHaveLength(1);
  });

  test("beyond it kills a worker with a call, and one that never had one", async () => {
    for (const busy of [true, false]) {
      const { worker, child, events, says } = start();
      says(ready());
      if (busy) worker.addCall(call());
      child.events.onMemory(2_000);
      expect([child.kills, events.includes("over memory")]).toEqual([1, false]);
      child.events.onExit("killed by SIGKILL", "signal");
      expect(worker.exitReason).toBe("memory limit exceeded: 2000 bytes used, maxRssBytes is 1000");
      expect(worker.lossReason).toBe("memory");
    }
  });

  test("of a worker that is ready is checked at once", async () => {
    const { worker, child, says } = start();
    says(ready({ rssBytes: 5_000 }));
    expect([child.kills, worker.isReady]).toEqual([1, false]);
  });

  test("has no limit if it is 0, and a size that is no number is none", () => {
    const free = start({ maxRssBytes: 0 });
    free.child.events.onMemory(1e12);
    expect([free.worker.overMemory, free.child.kills]).toEqual([false, 0]);
    const odd = start();
    odd.child.events.onMemory(Number.NaN);
    expect([odd.worker.overMemory, odd.child.kills]).toEqual([false, 0]);
  });
});

describe("a close", () => {
  test("lets the models close, and leaves no timer", async () => {
    const { worker, child, messages, says } = start();
    says(ready());
    const state = settled(worker.close());
    expect([messages().at(-1), worker.alive]).toEqual([{ type: "close" }, false]);
    await vi.advanceTimersByTimeAsync(99);
    child.events.onExit("exited with code 0", "exited");
    await turn();
    expect([state.done, child.kills, vi.getTimerCount()]).toEqual([true, 0, 0]);
    expect(worker.exitReason).toBe("closed by the server");
    const late = call();
    worker.addCall(late);
    expect(late.got).toMatchObject([{ code: "unavailable" }]);
  });

  test("kills a worker that does not close within graceMs, and waits for its exit", async () => {
    const { worker, child, says } = start();
    says(ready());
    const state = settled(worker.close());
    await vi.advanceTimersByTimeAsync(99);
    expect(child.kills).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect([child.kills, state.done]).toEqual([1, false]);
    child.events.onExit("killed by SIGKILL", "signal");
    await turn();
    expect(state.done).toBe(true);
  });
});
