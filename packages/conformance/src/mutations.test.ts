// Proves that the suites can fail: each implementation here is broken in one way, and the named requirement must fail.
import { createHost, type ModelService, silentLogger, withAccess } from "@deepaas/core";
import { inlineExecutor, memoryBlobs, memoryEngine, memoryStore, type RunStore, watchRun } from "@deepaas/core/ports";
import { describe, expect, test } from "vitest";
import { accessSuite } from "./access/access-suite.ts";
import { blobSuite } from "./blobs/blob-suite.ts";
import { engineSuite } from "./engine/engine-suite.ts";
import { executorSuite } from "./executor/executor-suite.ts";
import { aroundStore } from "./faults/around-store.ts";
import { holdsForSeeds } from "./holds-for-seeds.ts";
import { serviceSuite } from "./service/service-suite.ts";
import { hostOptions } from "./service/subject.ts";
import { storeSuite } from "./store/store-suite.ts";
import type { StoreSetup } from "./store/subject.ts";
import { type Watch, watchesMatchLog } from "./store/watch-property.ts";
import { type Case, uncited } from "./suite.ts";
import { brokenAccess } from "./testing/broken-access.ts";
import { brokenBlobs } from "./testing/broken-blobs.ts";
import { brokenEngines } from "./testing/broken-engines.ts";
import { brokenExecutors } from "./testing/broken-executors.ts";
import { brokenServices } from "./testing/broken-services.ts";
import { brokenStores } from "./testing/broken-stores.ts";
import { reloading } from "./testing/reloading-executor.ts";
import { wrongWatch, wrongWatches } from "./testing/wrong-watch.ts";

const timeoutMs = 700;

async function failures(suite: readonly Case[], id: string): Promise<string[]> {
  const failed: string[] = [];
  const citing = suite.filter(({ cites }) => cites.includes(id));
  for (const { title, run } of citing) {
    if (failed.length === 0) await run().catch(() => failed.push(title));
  }
  return failed;
}

describe("a store that", () => {
  test.each(brokenStores)("%s fails %s", async (_what, id, damage) => {
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
  const property = (watch: Watch) => () =>
    holdsForSeeds((random) => watchesMatchLog(memoryStore(), random, watch), { runs: 200, hangMs: 500 });

  test.each(wrongWatches)("%s fails", async (wrong) => {
    await expect(property(wrongWatch(wrong))()).rejects.toThrow();
  });

  test("hangs is reported with its seed", async () => {
    await expect(property(wrongWatch("does not end"))()).rejects.toThrow(/seed/);
  });

  test("is the one of core passes", property(watchRun));
});

describe("an engine that", () => {
  test.each(brokenEngines)("%s fails %s", async (_what, id, damage) => {
    const make = async () => {
      const engine = damage(memoryEngine());
      return { engine, close: async () => {} };
    };
    expect(await failures(engineSuite(make, { timeoutMs }), id)).not.toEqual([]);
  });
});

describe("a blob store that", () => {
  test.each(brokenBlobs)("%s fails %s", async (_what, id, damage) => {
    const make = async () => {
      const intact = memoryBlobs();
      return { blobs: damage(intact), reopen: async () => damage(intact), close: async () => {} };
    };
    expect(await failures(blobSuite(make, { timeoutMs }), id)).not.toEqual([]);
  });
});

describe("an executor that", () => {
  test.each(brokenExecutors)("%s fails %s", async (_what, id, damage) => {
    const suite = executorSuite(
      async ({ models }) => {
        const executor = inlineExecutor({ models: models as Record<string, object>, logger: silentLogger });
        return { executor: damage(executor), close: () => executor.close() };
      },
      { timeoutMs },
    );
    expect(await failures(suite, id)).not.toEqual([]);
  });

  test("loads its code anew in a sound way passes", async () => {
    const suite = executorSuite(async ({ models }) => {
      const executor = inlineExecutor({ models: models as Record<string, object>, logger: silentLogger });
      return { executor: reloading(executor), close: () => executor.close() };
    });
    for (const { run } of suite.filter(({ cites }) => cites.some((id) => id.startsWith("code.")))) await run();
  });
});

describe("a service that", () => {
  const host = (damage: (intact: ModelService) => ModelService, store = (intact: RunStore) => intact) =>
    serviceSuite(
      async (setup) => {
        const { store: given = memoryStore(), ...options } = setup.options;
        const intact = await createHost(hostOptions({ ...setup, options: { ...options, store: store(given) } }));
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
          names.map((name) => [name, intact[name].bind(intact)]),
        ) as unknown as ModelService;
        return { service: damage(service), shutDown: () => intact.close(), close: () => intact.close({ drainMs: 0 }) };
      },
      { timeoutMs },
    );

  test.each(brokenServices)("%s fails %s", async (_what, id, damage) => {
    expect(await failures(host(damage), id)).not.toEqual([]);
  });

  test("has a store that keeps repeated appends fails store.crash", async () => {
    const unfenced = (store: RunStore) =>
      aroundStore(store, ({ method, args, make }) => {
        const [id, entries] = args as Parameters<RunStore["append"]>;
        return method === "append" ? store.append(id, entries) : make();
      });
    expect(
      await failures(
        host((intact) => intact, unfenced),
        "store.crash",
      ),
    ).not.toEqual([]);
  });
});

describe("an access policy that", () => {
  test.each(brokenAccess)("%s fails %s", async (_what, id, damage) => {
    const suite = accessSuite(
      async (setup) => {
        const host = await createHost(hostOptions(setup));
        const guarded = withAccess(host, setup.policy);
        const broken = damage(guarded, host);
        const service = new Proxy(guarded, {
          get(target, name) {
            const method = broken[name as keyof ModelService] ?? target[name as keyof ModelService];
            return method.bind(target);
          },
        });
        return { host, service, close: () => host.close({ drainMs: 0 }) };
      },
      { timeoutMs },
    );
    expect(await failures(suite, id)).not.toEqual([]);
  });
});

test("uncited returns the requirements that no case cites", () => {
  const suite: Case[] = [{ title: "a", cites: ["one"], run: async () => {} }];
  const requirements = ["one", "two"].map((id) => ({ id, text: id }));
  expect(uncited(suite, requirements)).toEqual(["two"]);
});
