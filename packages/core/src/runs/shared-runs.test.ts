// Several hosts that share a store and an engine, in one process.
import { afterEach, describe, expect, test, vi } from "vitest";
import { DeepaasError } from "../contract/error.ts";
import { silentLogger } from "../contract/logger.ts";
import type { TrainContext } from "../contract/model.ts";
import { createHost } from "../host/create-host.ts";
import { memoryBlobs } from "../in-memory/blob-store.ts";
import { memoryEngine } from "../in-memory/run-engine.ts";
import { memoryStore } from "../in-memory/run-store.ts";
import type { Delivery, QueuedRun, RunEngine, RunHandler } from "../ports/run-engine.ts";
import type { Holder, RunStore } from "../ports/run-store.ts";

/** A store for several hosts: none of them ends the runs of another. */
function sharedStore(): RunStore {
  const store = memoryStore();
  void store.open({ id: "all" });
  return {
    ...store,
    open: async () => [],
    lead: async (_name, work) => {
      await work();
      return true;
    },
    close: async () => {},
  };
}

/** The engine of one node. `known`: the runs that the engines of all nodes know. `give` calls the handler as a delivery does. */
function sharedEngine(known = new Set<string>()) {
  let handle: RunHandler | undefined;
  const submitted: QueuedRun[] = [];
  const handled: string[] = [];
  const engine: RunEngine = {
    leaseMs: 30_000,
    async submit(run) {
      known.add(run.runId);
      submitted.push(run);
    },
    cancel: async () => {},
    process: (handler, { models }) => {
      handle = handler;
      handled.push(...models);
    },
    waiting: async () => 0,
    knows: async (runs) => new Set(runs.map(({ runId }) => runId).filter((id) => known.has(id))),
    close: async () => {},
  };
  return {
    engine,
    submitted,
    handled,
    give: (runId: string, { signal = new AbortController().signal, again = false }: Partial<Delivery> = {}) =>
      (handle as RunHandler)(runId, { signal, again }),
  };
}

const model = {
  needs: ["gpu"],
  async train(_args: object, { signal }: TrainContext) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    signal.throwIfAborted();
  },
};

const quick = { train: () => "done" };

test("a node is refused a store or an engine that cannot be shared", async () => {
  const options = { models: { quick }, node: { id: "a" }, blobs: memoryBlobs() };
  await expect(createHost(options)).rejects.toThrow(/a store that can be shared/);
  await expect(createHost({ ...options, store: sharedStore() })).rejects.toThrow(/an engine that can be shared/);
  await expect(createHost({ ...options, node: { id: "a b" } })).rejects.toThrow(/node\.id must be/);
  await expect(createHost({ ...options, node: { id: "a", labels: ["x y"] } })).rejects.toThrow(/node\.labels/);
});

test("a node trains the models whose needs are among its labels", async () => {
  const common = { models: { m: model, quick }, store: sharedStore(), blobs: memoryBlobs(), logger: silentLogger };
  const [small, big] = [sharedEngine(), sharedEngine()];
  await using _small = await createHost({ ...common, engine: small.engine, node: { id: "a", labels: ["cpu"] } });
  await using _big = await createHost({ ...common, engine: big.engine, node: { id: "b", labels: ["cpu", "gpu"] } });
  expect([small.handled, big.handled]).toEqual([["quick"], ["m", "quick"]]);
  const serving = sharedEngine();
  await using _serving = await createHost({ ...common, engine: serving.engine, node: { id: "c", trains: false } });
  expect(serving.handled).toEqual([]);
});

test("a run that another node cancels stops here", async () => {
  const store = sharedStore();
  const [a, b] = [sharedEngine(), sharedEngine()];
  const common = { models: { m: model }, store, blobs: memoryBlobs(), logger: silentLogger };
  await using one = await createHost({ ...common, engine: a.engine, node: { id: "a" } });
  await using other = await createHost({ ...common, engine: b.engine, node: { id: "b" } });
  await one.train("m", {}, { runId: "r" });
  expect(a.submitted).toEqual([{ runId: "r", model: "m" }]);
  const handled = b.give("r");
  await expect.poll(async () => (await one.run("r")).state).toBe("running");
  await one.cancel("r");
  expect(await handled).toBe("over");
  expect((await other.run("r")).state).toBe("cancelled");
});

test("a run whose process the engine holds for dead goes on in another one; the old one records nothing more", async () => {
  const store = sharedStore();
  const [a, b] = [sharedEngine(), sharedEngine()];
  const common = { store, blobs: memoryBlobs(), logger: silentLogger };
  await using one = await createHost({ ...common, models: { m: model }, engine: a.engine, node: { id: "a" } });
  await using other = await createHost({ ...common, models: { m: quick }, engine: b.engine, node: { id: "b" } });
  await one.train("m", {}, { runId: "r" });
  const frozen = a.give("r");
  await expect.poll(async () => (await one.run("r")).state).toBe("running");
  expect(await b.give("r", { again: true })).toBe("over");
  const run = await other.run("r");
  expect([run.state, run.attempt]).toEqual(["succeeded", 2]);
  const types = [];
  for await (const { type } of other.watch("r")) types.push(type);
  expect(types).toEqual(["queued", "started", "lost", "started", "succeeded"]);
  void frozen;
});

test("a shutdown gives a run back", async () => {
  const store = sharedStore();
  const { engine, give } = sharedEngine();
  const stop = new AbortController();
  const host = await createHost({
    models: { m: model },
    store,
    blobs: memoryBlobs(),
    logger: silentLogger,
    node: { id: "a" },
    engine: {
      ...engine,
      process: (handle, options) =>
        engine.process((runId, delivery) => handle(runId, { ...delivery, signal: stop.signal }), options),
    },
  });
  await host.train("m", {}, { runId: "r" });
  const handled = give("r");
  await expect.poll(async () => (await host.run("r")).state).toBe("running");
  stop.abort(new Error("the process ends"));
  expect(await handled).toBe("back");
  expect(await host.run("r")).toMatchObject({ state: "lost", reason: "shutdown" });
  await host.close();
});

describe("a run with a checkpoint of another version of its model", () => {
  afterEach(() => void vi.useRealTimers());

  /** Returns from where a later attempt goes on. */
  const versioned = (version: string) => ({
    getMetadata: () => ({ version }),
    train: async (_args: object, run: TrainContext) => {
      if (run.attempt === 1) throw new Error("Only a later attempt is trained here.");
      return run.resumeFrom?.step ?? "started over";
    },
  });

  /** A run that has lost its first attempt at a node with version 1, which is gone. */
  async function withLostRun() {
    const store = sharedStore();
    const node = async (id: string, version: string) => {
      const { engine, give } = sharedEngine();
      const models = { m: versioned(version) };
      const host = await createHost({
        ...{ models, store, blobs: memoryBlobs(), logger: silentLogger, node: { id }, engine },
      });
      return { host, give };
    };
    await store.create({ id: "r", model: "m", args: {}, private: { secrets: {}, files: {} }, fingerprint: "" });
    await store.claim("r");
    await store.append("r", [{ fact: { type: "checkpoint", step: 7 }, version: "1" }], { attempt: 1 });
    await store.append("r", [{ fact: { type: "lost", reason: "shutdown" }, counted: false }], { attempt: 1 });
    return { store, node };
  }

  const linesOf = async (store: RunStore) =>
    (await store.read("r", 0, 100)).flatMap((event) => (event.type === "log" ? event.text : []));

  test("is left to a node with that version, which goes on with it", async () => {
    const { store, node } = await withLostRun();
    const [updated, before] = [await node("a", "2"), await node("b", "1")];
    expect([await updated.give("r"), await updated.give("r")]).toEqual(["back", "back"]);
    expect(await linesOf(store)).toEqual([
      "The run waits up to 5 minutes for a node whose model has version 1, that of its checkpoint; it is 2 on this node.",
    ]);
    expect(await store.get("r")).toMatchObject({ state: "lost", attempt: 1 });
    expect(await before.give("r")).toBe("over");
    expect(await store.get("r")).toMatchObject({ state: "succeeded", attempt: 2, result: 7 });
    for (const { host } of [updated, before]) await host.close();
  });

  test("is started over after 5 minutes, and says so", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { store, node } = await withLostRun();
    const { host, give } = await node("a", "2");
    expect(await give("r")).toBe("back");
    vi.setSystemTime(Date.now() + 5 * 60_000 - 1_000);
    expect(await give("r")).toBe("back");
    vi.setSystemTime(Date.now() + 1_000);
    expect(await give("r")).toBe("over");
    expect(await store.get("r")).toMatchObject({ state: "succeeded", attempt: 2, result: "started over" });
    expect((await linesOf(store)).at(-1)).toMatch(
      /checkpoint of step 7 is not used: its model had version 1, and now has 2/,
    );
    await host.close();
  });

  test("does not wait if no other process has the store", async () => {
    const store = memoryStore();
    await store.open({ id: "before" });
    await store.create({ id: "r", model: "m", args: {}, private: { secrets: {}, files: {} }, fingerprint: "" });
    await store.claim("r");
    await store.append("r", [{ fact: { type: "checkpoint", step: 7 }, version: "1" }], { attempt: 1 });
    await using host = await createHost({ models: { m: versioned("2") }, store, logger: silentLogger });
    for await (const { type } of host.watch("r")) if (type === "succeeded") break;
    expect(await host.run("r")).toMatchObject({ attempt: 2, result: "started over" });
  });
});

test("runs that no engine knows are queued again: those that wait at once, those that run after two rounds", async () => {
  vi.useFakeTimers();
  try {
    const store = sharedStore();
    const known = new Set<string>();
    const { engine, submitted } = sharedEngine(known);
    for (const id of ["waits", "runs", "handled", "stops"]) {
      await store.create({ id, model: "m", args: {}, private: { secrets: {}, files: {} }, fingerprint: "" });
      if (id !== "waits") await store.claim(id);
    }
    await store.append("stops", [{ fact: { type: "stopping" } }], { attempt: 1 });
    known.add("handled");
    await using host = await createHost({
      models: { m: quick },
      store,
      engine,
      blobs: memoryBlobs(),
      logger: silentLogger,
      node: { id: "a" },
    });
    await vi.waitFor(() => expect(submitted.map(({ runId }) => runId)).toEqual(["waits"]));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(submitted.map(({ runId }) => runId)).toEqual(["waits", "runs"]);
    expect((await host.run("runs")).state).toBe("lost");
    expect((await host.run("stops")).state).toBe("cancelled");
    expect((await host.run("handled")).state).toBe("running");
  } finally {
    vi.useRealTimers();
  }
});

test("of more runs than a page has, each that no engine knows is queued again, in order", async () => {
  const store = sharedStore();
  const known = new Set<string>();
  const { engine, submitted } = sharedEngine(known);
  const ids = Array.from({ length: 1_201 }, (_, i) => `r${i}`);
  for (const id of ids) {
    await store.create({ id, model: "m", args: {}, private: { secrets: {}, files: {} }, fingerprint: "" });
    if (id !== "r0" && id !== "r1200") known.add(id);
  }
  const options = { models: { m: quick }, store, engine, blobs: memoryBlobs(), logger: silentLogger };
  await using _host = await createHost({ ...options, node: { id: "a" } });
  await expect.poll(() => submitted.map(({ runId }) => runId)).toEqual(["r0", "r1200"]);
});

test("the store and the queue are compared each second lease", async () => {
  vi.useFakeTimers();
  try {
    const store = sharedStore();
    const { engine, submitted } = sharedEngine();
    const options = { models: { m: quick }, store, blobs: memoryBlobs(), logger: silentLogger, node: { id: "a" } };
    await using _host = await createHost({ ...options, engine: { ...engine, leaseMs: 1_000 } });
    await store.create({ id: "r", model: "m", args: {}, private: { secrets: {}, files: {} }, fingerprint: "" });
    await vi.advanceTimersByTimeAsync(1_900);
    expect(submitted).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(submitted).toEqual([{ runId: "r", model: "m" }]);
  } finally {
    vi.useRealTimers();
  }
});

test("the log of a run whose lease is lost says so, and the attempt is not counted", async () => {
  const store = sharedStore();
  const { engine, give } = sharedEngine();
  const options = { models: { m: model }, store, engine, blobs: memoryBlobs(), logger: silentLogger };
  await using host = await createHost({ ...options, node: { id: "a" } });
  await host.train("m", {}, { runId: "r" });
  const lease = new AbortController();
  const handled = give("r", { signal: lease.signal });
  await expect.poll(async () => (await host.run("r")).state).toBe("running");
  lease.abort(new DeepaasError("worker_lost", "The node has lost the lease of the run."));
  expect(await handled).toBe("back");
  expect(await host.run("r")).toMatchObject({ state: "lost", reason: "The node has lost the lease of the run." });
  expect((await store.claim("r"))?.lostInARow).toBe(0);
});

test("a node whose name another one has taken gives its runs back, and starts none", async () => {
  const holders: Holder[] = [];
  const store: RunStore = {
    ...sharedStore(),
    async open(holder) {
      holders.push(holder);
      return [];
    },
  };
  const close = vi.fn(async () => {});
  const { engine } = sharedEngine();
  const options = { models: { m: quick }, store, blobs: memoryBlobs(), logger: silentLogger, node: { id: "a" } };
  await using host = await createHost({ ...options, engine: { ...engine, close } });
  await host.train("m", {});
  holders[0]?.replaced?.();
  expect(close).toHaveBeenCalledOnce();
  await expect(host.train("m", {})).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("Another node with the name a has started"),
  });
});

test("limits.queuedRuns is the number of runs that wait in the engine", async () => {
  const engine = memoryEngine();
  await using host = await createHost({
    models: { m: model },
    limits: { queuedRuns: 7 },
    engine: { ...engine, waiting: async () => 7 },
    logger: silentLogger,
  });
  await expect(host.train("m", {})).rejects.toMatchObject({ code: "overloaded" });
});
