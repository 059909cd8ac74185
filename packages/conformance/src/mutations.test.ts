// Proves that the suites can fail: each implementation here is broken in one way, and the named requirement must fail.
import { createHost, type ModelService, type Run, type RunEvent, silentLogger } from "@deepaas/core";
import {
  type Claim,
  type Executor,
  inlineExecutor,
  memoryEngine,
  memoryStore,
  type Outcome,
  type RunEngine,
  type RunStore,
  watchRun,
} from "@deepaas/core/ports";
import { describe, expect, test } from "vitest";
import { engineSuite } from "./engine/engine-suite.ts";
import { executorSuite } from "./executor/executor-suite.ts";
import { aroundStore } from "./faults/around-store.ts";
import { cutService } from "./faults/cut-service.ts";
import { holdsForSeeds } from "./holds-for-seeds.ts";
import { serviceSuite } from "./service/service-suite.ts";
import { hostOptions } from "./service/subject.ts";
import { storeSuite } from "./store/store-suite.ts";
import type { StoreSetup } from "./store/subject.ts";
import { type Watch, watchesMatchLog } from "./store/watch-property.ts";
import { type Case, uncited } from "./suite.ts";
import { brokenCallers } from "./testing/broken-callers.ts";
import { brokenValues } from "./testing/broken-values.ts";

const timeoutMs = 700;

async function failures(suite: readonly Case[], id: string): Promise<string[]> {
  const failed: string[] = [];
  const citing = suite.filter(({ cites }) => cites.includes(id));
  for (const { title, run } of citing) {
    if (failed.length === 0) await run().catch(() => failed.push(title));
  }
  return failed;
}

type Damage<T> = (intact: T) => T;

const crashed: Outcome = { ok: false, error: { code: "internal", message: "crashed" } };

function anyClaim(run: Run | undefined): Claim | undefined {
  return run && { run, private: { secrets: {}, files: {} }, checkpoints: [], lostInARow: 0 };
}

describe("a store that", () => {
  const broken: readonly (readonly [string, string, Damage<RunStore>])[] = [
    ["loses wake-ups", "wake.append", (store) => ({ ...store, subscribe: () => () => {} })],
    [
      "wakes ended subscriptions",
      "wake.end",
      (store) => ({
        ...store,
        subscribe(id, wake) {
          store.subscribe(id, wake);
          return () => {};
        },
      }),
    ],
    [
      "ignores the attempt of an append",
      "append.fenced",
      (store) => ({ ...store, append: (id, entries) => store.append(id, entries) }),
    ],
    [
      "ignores the number of an append",
      "append.once",
      (store) => ({
        ...store,
        append: (id, entries, position) => store.append(id, entries, position && { attempt: position.attempt }),
      }),
    ],
    [
      "starts a trimmed log at its first event without an error",
      "read.trimmed",
      (store) => ({
        ...store,
        read: async (id, after, limit) =>
          store.read(id, Math.max(after, ((await store.get(id))?.firstSeq ?? 1) - 1), limit),
      }),
    ],
    [
      "returns one event too few",
      "read.range",
      (store) => ({ ...store, read: (id, after, limit) => store.read(id, after, limit - 1) }),
    ],
    [
      "lets a held run be claimed",
      "claim.one",
      (store) => ({ ...store, claim: async (id) => (await store.claim(id)) ?? anyClaim(await store.get(id)) }),
    ],
    [
      "ignores the states in a filter",
      "list.filter",
      (store) => ({ ...store, list: ({ state: _state, ...rest }) => store.list(rest) }),
    ],
    [
      "ignores the requested order",
      "list.order",
      (store) => ({ ...store, list: ({ newestFirst: _order, ...rest }) => store.list(rest) }),
    ],
    ["returns no published weights", "published.newest", (store) => ({ ...store, published: async () => undefined })],
    [
      "leaves out queued runs in open",
      "open.pending",
      (store) => ({ ...store, open: async (holder) => (await store.open(holder)).slice(0, 1) }),
    ],
  ];

  test.each(broken)("%s fails %s", async (_what, id, damage) => {
    const make = async ({ keepEvents, free }: StoreSetup) => {
      const store = damage(memoryStore(keepEvents === undefined ? {} : { keepEvents }));
      await store.open({ id: "first", free });
      return {
        store,
        reopen: async () => ({ store, pending: await store.open({ id: "second", free }) }),
        close: () => store.close(),
      };
    };
    expect(await failures(storeSuite(make, { timeoutMs }), id)).not.toEqual([]);
  });
});

describe("a watch that", () => {
  /** The loop of core with its steps in a wrong order. */
  const wrongWatch = (wrong: "subscribes late" | "remembers late" | "does not end" | "ends early"): Watch =>
    async function* (store, id, { after = 0 } = {}) {
      let wakes = 0;
      let awaken: (() => void) | undefined;
      const subscribe = () =>
        store.subscribe(id, () => {
          wakes++;
          awaken?.();
        });
      let unsubscribe = wrong === "subscribes late" ? undefined : subscribe();
      try {
        for (let cursor = after; ; ) {
          let seen = wakes;
          const events: readonly RunEvent[] = await store.read(id, cursor, 512);
          for (const event of events) {
            cursor = event.seq;
            yield event;
            if (["succeeded", "failed", "cancelled"].includes(event.type)) return;
          }
          if (events.length > 0) continue;
          if (wrong === "ends early") return;
          const run = await store.get(id);
          if (wrong !== "does not end" && run?.endedAt !== undefined && run.lastSeq <= cursor) return;
          unsubscribe ??= subscribe();
          if (wrong === "remembers late") seen = wakes;
          while (wakes === seen) await new Promise<void>((resolve) => (awaken = resolve));
        }
      } finally {
        unsubscribe?.();
      }
    } as Watch;

  const property = (watch: Watch) => () =>
    holdsForSeeds((random) => watchesMatchLog(memoryStore(), random, watch), { runs: 200, hangMs: 500 });

  test.each(["subscribes late", "remembers late", "does not end", "ends early"] as const)("%s fails", async (wrong) => {
    await expect(property(wrongWatch(wrong))()).rejects.toThrow();
  });

  test("hangs is reported with its seed", async () => {
    await expect(property(wrongWatch("does not end"))()).rejects.toThrow(/seed/);
  });

  test("is the one of core passes", property(watchRun));
});

describe("an engine that", () => {
  const broken: readonly (readonly [string, string, Damage<RunEngine>])[] = [
    [
      "has a slot too many",
      "slots.limit",
      (engine) => ({ ...engine, process: (handle, { slots }) => engine.process(handle, { slots: slots + 1 }) }),
    ],
    [
      "does not wait for its handlers",
      "close.aborts",
      (engine) => ({ ...engine, close: async () => void engine.close() }),
    ],
    ["does not cancel", "cancel.waiting", (engine) => ({ ...engine, cancel: async () => {} })],
  ];

  test.each(broken)("%s fails %s", async (_what, id, damage) => {
    const make = async () => {
      const engine = damage(memoryEngine());
      return { engine, close: async () => {} };
    };
    expect(await failures(engineSuite(make, { timeoutMs }), id)).not.toEqual([]);
  });
});

describe("an executor that", () => {
  const broken: readonly (readonly [string, string, Damage<Executor>])[] = [
    [
      "settles before the work has stopped",
      "train.signal",
      (executor) => ({
        ...executor,
        train: (job, call) =>
          Promise.race([
            executor.train(job, call),
            new Promise<Outcome>((resolve) => call.signal.addEventListener("abort", () => resolve(crashed))),
          ]),
      }),
    ],
    [
      "drops reports",
      "train.reports",
      (executor) => ({ ...executor, train: (job, call) => executor.train(job, { ...call, report() {} }) }),
    ],
    [
      "drops the checkpoint",
      "train.job",
      (executor) => ({
        ...executor,
        train: (job, call) => executor.train({ ...job, resumeFrom: undefined }, call),
      }),
    ],
    [
      "drops the caller",
      "predict.context",
      (executor) => ({
        ...executor,
        predict: (model, args, call) => executor.predict(model, args, { ...call, caller: undefined }),
      }),
    ],
    [
      "reverses the callers of a batch",
      "batch.callers",
      (executor) => ({
        ...executor,
        predictBatch: (model, argsList, call) =>
          executor.predictBatch(model, argsList, { ...call, callers: call.callers.toReversed() }),
      }),
    ],
    ["never refreshes", "refresh.reload", (executor) => ({ ...executor, refresh: async () => {} })],
    [
      "requests the whole stream at once",
      "stream.pull",
      (executor) => ({
        ...executor,
        async *predictStream(model, args, call) {
          yield* await Array.fromAsync(executor.predictStream(model, args, call));
        },
      }),
    ],
  ];

  test.each(broken)("%s fails %s", async (_what, id, damage) => {
    const suite = executorSuite(
      async ({ models }) => {
        const executor = inlineExecutor({ models: models as Record<string, object>, logger: silentLogger });
        return { executor: damage(executor), close: () => executor.close() };
      },
      { timeoutMs },
    );
    expect(await failures(suite, id)).not.toEqual([]);
  });
});

describe("a service that", () => {
  const host = (damage: Damage<ModelService>, store: Damage<RunStore> = (whole) => whole) =>
    serviceSuite(
      async (setup) => {
        const { store: given = memoryStore(), ...options } = setup.options;
        const whole = await createHost(hostOptions({ ...setup, options: { ...options, store: store(given) } }));
        const names = [
          "status",
          "models",
          "describe",
          "predict",
          "predictStream",
          "train",
          "run",
          "runs",
          "cancel",
          "remove",
          "watch",
          "artifact",
        ] as const;
        const service = Object.fromEntries(
          names.map((name) => [name, whole[name].bind(whole)]),
        ) as unknown as ModelService;
        return { service: damage(service), shutDown: () => whole.close(), close: () => whole.close({ drainMs: 0 }) };
      },
      { timeoutMs },
    );

  const broken: readonly (readonly [string, string, Damage<ModelService>])[] = [
    ...brokenValues,
    ...brokenCallers,
    ["drops its watchers", "watch.all", (service) => cutService(service, { afterEvents: 2 })],
    [
      "ends a watch early",
      "watch.ends",
      (service) => ({
        ...service,
        async *watch(id, options) {
          for await (const event of service.watch(id, options)) if (event.type !== "succeeded") yield event;
        },
      }),
    ],
    [
      "starts each watch at the beginning",
      "watch.after",
      (service) => ({
        ...service,
        watch: (id, { after: _after, ...options } = {}) => service.watch(id, options),
      }),
    ],
    [
      "starts a run twice",
      "train.idempotent",
      (service) => ({
        ...service,
        train: (model, args, { runId: _id, ...options } = {}) => service.train(model, args, options),
      }),
    ],
    [
      "ignores an abort",
      "call.abort",
      (service) => ({
        ...service,
        predict: (model, args, { signal: _signal, ...options } = {}) => service.predict(model, args, options),
      }),
    ],
    [
      "drops the traceparent",
      "call.trace",
      (service) => ({
        ...service,
        predictStream: (model, args, { traceparent: _trace, ...options } = {}) =>
          service.predictStream(model, args, options),
      }),
    ],
    [
      "reads the whole stream first",
      "stream.live",
      (service) => ({
        ...service,
        async *predictStream(model, args, options) {
          yield* await Array.fromAsync(service.predictStream(model, args, options));
        },
      }),
    ],
    [
      "answers a cancel without an effect",
      "cancel.running",
      (service) => ({ ...service, cancel: (id) => service.run(id) }),
    ],
    [
      "converts files to text",
      "args.file",
      (service) => ({
        ...service,
        predict: (model, args, options) => service.predict(model, JSON.parse(JSON.stringify(args)), options),
      }),
    ],
    [
      "drops an invalid argument",
      "args.invalid.all",
      (service) => ({
        ...service,
        predict: (model, args, options) => service.predict(model, { ...(args as object), when: undefined }, options),
      }),
    ],
  ];

  test.each(broken)("%s fails %s", async (_what, id, damage) => {
    expect(await failures(host(damage), id)).not.toEqual([]);
  });

  test("has a store that keeps repeated appends fails store.crash", async () => {
    const unfenced: Damage<RunStore> = (store) =>
      aroundStore(store, ({ method, args, make }) => {
        const [id, entries] = args as Parameters<RunStore["append"]>;
        return method === "append" ? store.append(id, entries) : make();
      });
    expect(
      await failures(
        host((whole) => whole, unfenced),
        "store.crash",
      ),
    ).not.toEqual([]);
  });
});

test("uncited returns the requirements that no case cites", () => {
  const suite: Case[] = [{ title: "a", cites: ["one"], run: async () => {} }];
  const requirements = ["one", "two"].map((id) => ({ id, text: id }));
  expect(uncited(suite, requirements)).toEqual(["two"]);
});
