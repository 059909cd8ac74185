import { describe, expect, test, vi } from "vitest";
import { memoryBlobs } from "../in-memory/blob-store.ts";
import { inlineExecutor } from "../in-memory/inline-executor.ts";
import { memoryStore } from "../in-memory/run-store.ts";
import {
  createHost,
  DeepaasError,
  FileField,
  type Host,
  type ModelFile,
  type Run,
  type RunEvent,
  type ServiceStatus,
  silentLogger,
  type TrainContext,
  Type,
  testModel,
} from "../index.ts";
import type { BlobRef } from "../ports/blob-store.ts";
import type { Executor } from "../ports/executor.ts";
import type { LogAppend } from "../ports/run-store.ts";

async function ended(host: Host, id: string): Promise<{ run: Run; events: RunEvent[] }> {
  const events = await Array.fromAsync(host.watch(id));
  return { run: await host.run(id), events };
}

const trains = (train: (args: never, run: TrainContext) => unknown) => ({ train });

describe("what a run records", () => {
  test("has metrics in their wire form, whether the model reports numbers or strings", async () => {
    await using model = await testModel(
      trains((_args, run) => {
        run.report({ metrics: { number: Number.NaN, text: "-Infinity" as never, other: "high" as never } });
      }),
    );
    const { events } = await model.trained();
    const progress = events.find(({ type }) => type === "progress");
    expect(progress).toMatchObject({ metrics: { number: "NaN", text: "-Infinity" } });
    expect(progress).not.toHaveProperty("metrics.other");
  });

  test("is invalid_args if publish was given an unknown option", async () => {
    const publish = async (options: object) => {
      await using model = await testModel(
        trains((_args, run) => run.publish(new Blob(["weights"]), options as Record<string, never>)),
      );
      return (await model.trained()).events.at(-1);
    };
    const refused = await publish({ promotes: "ask" });
    expect(refused).toMatchObject({ type: "failed", error: { code: "invalid_args" } });
    expect(refused).toHaveProperty("error.message", 'publish: unknown option "promotes".');
    const wrong = 'publish: promote must be "always", "ask" or { metric, better: "higher" | "lower" }.';
    for (const promote of [
      "never",
      { metric: "loss" },
      { metric: "loss", better: "less" },
      { metric: "", better: "lower" },
    ])
      expect(await publish({ promote })).toHaveProperty("error.message", wrong);
    expect(await publish({ promote: { metric: "loss", better: "lower" } })).toMatchObject({ type: "succeeded" });
    expect(await publish({})).toMatchObject({ type: "succeeded" });
  });

  test("is a copy: neither the caller nor the model can change it afterwards", async () => {
    const given = { list: [1, 2] };
    const state = { seen: [1] };
    const result = { scores: [0.5] };
    await using model = await testModel({
      getTrainArgs: () => ({ list: Type.Array(Type.Integer()) }),
      async train(args: { list: number[] }, run: TrainContext) {
        args.list.push(3);
        await run.checkpoint({ step: 1, data: state });
        state.seen.push(2);
        return result;
      },
    });
    const { run } = await model.trained(given);
    result.scores.push(1);
    expect(given).toEqual({ list: [1, 2] });
    expect((await model.host.run(run.id)).args).toEqual({ list: [1, 2] });
    expect((await model.host.run(run.id)).result).toEqual({ scores: [0.5] });
  });

  test("cannot be changed by one watcher for the others", async () => {
    await using model = await testModel(trains((_args, run) => run.report({ metrics: { loss: 1 } })));
    const { events } = await model.trained();
    const progress = events.find(({ type }) => type === "progress") as unknown as { metrics: Record<string, number> };
    expect(() => {
      progress.metrics.loss = 0;
    }).toThrow(TypeError);
  });

  test("gives all watchers the same events", async () => {
    await using model = await testModel(trains((_args, run) => run.report({ step: 1 })));
    const { run, events } = await model.trained();
    const watchers = await Promise.all(Array.from({ length: 1_000 }, () => ended(model.host, run.id)));
    expect(watchers.every((one) => one.events.every((event, i) => event === events[i]))).toBe(true);
  });
});

test("what a model keeps without awaiting it never ends the process", async () => {
  await using model = await testModel(
    trains((_args, run) => {
      void run.artifact("../escape", new Uint8Array());
      void run.checkpoint({ step: Number.NaN });
    }),
  );
  expect((await model.trained()).run.state).toBe("succeeded");
});

test("only the newest ended runs are kept, and their files go with them", async () => {
  const train = trains((_args, run) => run.artifact("a.bin", new Uint8Array([1])));
  await using host = await createHost({ models: { m: train }, limits: { keepRuns: 2 } });
  for (const runId of ["one", "two", "three", "four"]) {
    await host.train("m", {}, { runId });
    await ended(host, runId).catch(() => {});
  }
  await host.train("m", {}, { runId: "last" });
  await ended(host, "last");
  const left = (await host.runs()).items.map(({ id }) => id);
  expect(left).not.toContain("one");
  expect(left).not.toContain("two");
  await expect(host.artifact("one", "a.bin")).rejects.toMatchObject({ code: "not_found" });
});

describe("a lost worker", () => {
  /** The inline executor, but each of the first `deaths` attempts ends as if its worker had died. */
  function dying(
    train: (args: never, run: TrainContext) => unknown,
    { deaths, resume }: { deaths: number; resume?: "never" },
  ) {
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const inline = inlineExecutor({ models: { m: { train, ...(resume && { resume }) } }, logger });
    const executor: Executor = {
      ...inline,
      async train(job, call) {
        const outcome = await inline.train(job, call);
        return job.attempt <= deaths ? { ok: false, error: { code: "worker_lost", message: "It died." } } : outcome;
      },
    };
    return createHost({ executor });
  }

  test("is followed by another attempt from the last checkpoint", async () => {
    const resumed: unknown[] = [];
    await using host = await dying(
      async (_args, run) => {
        resumed.push(run.resumeFrom?.step, await run.resumeFrom?.file?.text());
        await run.checkpoint({ step: run.attempt, file: new Blob([`weights ${run.attempt}`]) });
      },
      { deaths: 2 },
    );
    await host.train("m", {}, { runId: "r" });
    const { run, events } = await ended(host, "r");
    expect(run).toMatchObject({ state: "succeeded", attempt: 3 });
    expect(resumed).toEqual([undefined, undefined, 1, "weights 1", 2, "weights 2"]);
    expect(events.map(({ type }) => type).filter((type) => type !== "checkpoint")).toEqual([
      "queued",
      "started",
      "lost",
      "started",
      "lost",
      "started",
      "succeeded",
    ]);
  });

  test("three times in a row without a new checkpoint fails the run", async () => {
    await using host = await dying(() => {}, { deaths: 9 });
    await host.train("m", {}, { runId: "r" });
    const { run } = await ended(host, "r");
    expect(run).toMatchObject({ state: "failed", attempt: 3, error: { code: "worker_lost" } });
  });

  test('fails a run whose model says resume: "never" at once', async () => {
    await using host = await dying(() => {}, { deaths: 9, resume: "never" });
    await host.train("m", {}, { runId: "r" });
    expect((await ended(host, "r")).run).toMatchObject({ state: "failed", attempt: 1, error: { code: "worker_lost" } });
  });
});

test("a watch ends in time when it is told how long it may take", async () => {
  await using host = await createHost({
    models: {
      m: trains(
        (_args, { signal }) =>
          new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
      ),
    },
  });
  await host.train("m", {}, { runId: "r" });
  const late = Array.fromAsync(host.watch("r", { timeoutMs: 5 }));
  await expect(late).rejects.toMatchObject({ code: "deadline_exceeded" });
  await host.cancel("r");
  expect((await ended(host, "r")).run.state).toBe("cancelled");
});

test("a run that is cancelled while the store fails, however long, ends as cancelled", async () => {
  const store = memoryStore();
  let tries = 0;
  const append: typeof store.append = async (...given) => {
    if (given[1].some(({ fact }) => fact.type === "cancelled") && tries++ < 8) throw new Error("disk full");
    return store.append(...given);
  };
  const stubborn = trains(
    (_args, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
  );
  await using host = await createHost({ models: { m: stubborn }, logger: silentLogger, store: { ...store, append } });
  await host.train("m", {}, { runId: "r" });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    await host.cancel("r");
    while (tries <= 8) await vi.advanceTimersByTimeAsync(1_000);
  } finally {
    vi.useRealTimers();
  }
  expect((await ended(host, "r")).run.state).toBe("cancelled");
  expect((await host.status()).state).toBe("ready");
});

test("a run that the store cannot read takes no other along", async () => {
  const store = memoryStore();
  const claim: typeof store.claim = async (runId) => {
    if (runId === "damaged") throw new DeepaasError("internal", "The store's file is damaged.");
    return store.claim(runId);
  };
  await using host = await createHost({
    models: { m: trains(() => "done") },
    logger: silentLogger,
    store: { ...store, claim },
  });
  await host.train("m", {}, { runId: "damaged" });
  await host.train("m", {}, { runId: "sound" });
  expect((await ended(host, "sound")).run.state).toBe("succeeded");
  expect((await host.run("damaged")).state).toBe("queued");
});

test("a store that is damaged shows in the host's status", async () => {
  const create = () => Promise.reject(new DeepaasError("internal", "The store's file is damaged."));
  await using host = await createHost({
    models: { m: trains(() => 1) },
    logger: silentLogger,
    store: { ...memoryStore(), create },
  });
  await expect(host.train("m", {})).rejects.toMatchObject({ code: "internal" });
  expect((await host.status()).state).toBe("degraded");
});

test("the files of a training that the store did not take are deleted", async () => {
  const blobs = memoryBlobs();
  const left = new Set<string>();
  const watched = {
    ...blobs,
    async put(source: ModelFile) {
      const ref = await blobs.put(source);
      left.add(ref.id);
      return ref;
    },
    async delete(ref: BlobRef) {
      left.delete(ref.id);
    },
  };
  const model = { getTrainArgs: () => ({ data: FileField() }), train: () => 1 };
  const create = () => Promise.reject(new DeepaasError("unavailable", "The disk is full."));
  await using host = await createHost({
    models: { m: model },
    blobs: watched,
    logger: silentLogger,
    store: { ...memoryStore(), create },
  });
  await expect(host.train("m", { data: new Uint8Array([1]) })).rejects.toMatchObject({ code: "unavailable" });
  expect([...left]).toEqual([]);
});

describe("a store that cannot keep what a training reports", () => {
  function failingStore(isRefused: (entries: readonly LogAppend[]) => boolean) {
    const store = memoryStore();
    const append: typeof store.append = async (...given) => {
      if (isRefused(given[1])) throw new Error("disk full");
      return store.append(...given);
    };
    return { ...store, append };
  }
  const has = (entries: readonly LogAppend[], type: string) => entries.some(({ fact }) => fact.type === type);
  const typesOf = (events: readonly RunEvent[]) => events.map(({ type }) => type);

  test("for a moment costs the training nothing: its checkpoint waits, and its reports are merged", async () => {
    const statuses: ServiceStatus[] = [];
    const said: string[] = [];
    const wasAborted: boolean[] = [];
    let failures = 0;
    const store = failingStore((entries) => has(entries, "progress") && failures++ < 3);
    await using host = await createHost({
      models: {
        m: trains(async (_args, run) => {
          run.report({ step: 1 });
          await vi.waitUntil(() => failures > 0);
          statuses.push(await host.status());
          await run.checkpoint({ step: 1 });
          wasAborted.push(run.signal.aborted);
          return "done";
        }),
      },
      store,
      logger: { ...silentLogger, error: (_fields, text) => said.push(text), info: (_fields, text) => said.push(text) },
    });
    await host.train("m", {}, { runId: "r" });
    const { events } = await ended(host, "r");
    expect(statuses).toEqual([{ state: "degraded", reasons: [expect.stringContaining("cannot keep")] }]);
    expect(await host.status()).toEqual({ state: "ready", reasons: [] });
    expect(said).toEqual(["the store cannot keep what runs report", "the store keeps what runs report again"]);
    expect(wasAborted).toEqual([false]);
    expect(typesOf(events)).toEqual(["queued", "started", "progress", "checkpoint", "succeeded"]);
  });

  test("for longer than storePatienceMs stops it; it goes on from its checkpoint, and nothing is counted", async () => {
    let refusals = 0;
    const resumed: unknown[] = [];
    const store = failingStore((entries) => (has(entries, "log") || has(entries, "lost")) && refusals++ < 4);
    await using host = await createHost({
      models: {
        m: trains(async (_args, run) => {
          resumed.push(run.resumeFrom?.step);
          if (run.attempt > 4) return "done";
          await run.checkpoint({ step: run.attempt });
          if (run.attempt > 1) return "done";
          run.log("refused");
          await new Promise((resolve) => run.signal.addEventListener("abort", resolve));
          throw new Error("anything");
        }),
      },
      store,
      limits: { storePatienceMs: 1 },
      logger: silentLogger,
    });
    await host.train("m", {}, { runId: "r" });
    const { events } = await ended(host, "r");
    expect(resumed).toEqual([undefined, 1]);
    expect(typesOf(events)).toEqual([
      "queued",
      "started",
      "checkpoint",
      "log",
      "lost",
      "started",
      "checkpoint",
      "succeeded",
    ]);
    expect(events.find(({ type }) => type === "lost")).toMatchObject({
      reason: "The store could not keep the reports of the run: see the server's log.",
    });
  });

  test("and is cancelled meanwhile ends as cancelled", async () => {
    let isFull = true;
    const store = failingStore((entries) => isFull && (has(entries, "progress") || has(entries, "lost")));
    await using host = await createHost({
      models: {
        m: trains(async (_args, run) => {
          run.report({ step: 1 });
          await new Promise((resolve) => run.signal.addEventListener("abort", resolve));
          throw run.signal.reason as Error;
        }),
      },
      store,
      limits: { storePatienceMs: 1 },
      logger: silentLogger,
    });
    await host.train("m", {}, { runId: "r" });
    await vi.waitUntil(async () => (await host.status()).state === "degraded");
    await host.cancel("r");
    isFull = false;
    const { run, events } = await ended(host, "r");
    expect(run.state).toBe("cancelled");
    expect(typesOf(events)).not.toContain("failed");
  });
});
