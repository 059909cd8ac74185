// Weights versions as the host keeps, chooses and serves them.
import { describe, expect, test, vi } from "vitest";
import { memoryBlobs } from "../in-memory/blob-store.ts";
import { memoryStore } from "../in-memory/run-store.ts";
import {
  createHost,
  DeepaasError,
  type Host,
  type HostOptions,
  silentLogger,
  type TrainContext,
  Type,
  type WarmContext,
} from "../index.ts";
import type { BlobRef } from "../ports/blob-store.ts";
import type { RunStore } from "../ports/run-store.ts";

/** Predicts the name of its weights; cannot load `broken`. */
function model(more: object = {}) {
  let weights = "shipped";
  return {
    async warm({ published }: WarmContext) {
      const next = (await published?.text()) ?? "shipped";
      if (next === "broken") throw new Error("These are no weights.");
      weights = next;
    },
    predict: () => weights,
    getTrainArgs: () => ({ weights: Type.String(), acc: Type.Number({ default: 0 }) }),
    async train({ weights: text, acc }: { weights: string; acc: number }, run: TrainContext) {
      run.report({ metrics: { acc, other: 1 } });
      await run.publish(new Blob([text]));
      run.report({ metrics: { acc: 9 } });
      return { text };
    },
    ...more,
  };
}

const open = (options: Partial<HostOptions> = {}, more: object = {}): Promise<Host> =>
  createHost({ models: { m: model(more) }, logger: silentLogger, ...options } as HostOptions);

/** Trains to the end and returns the lines of the run's log. */
async function trained(host: Host, weights: string, acc = 0): Promise<readonly string[]> {
  const { id } = await host.train("m", { weights, acc }, { caller: { id: "ann" } });
  const events = await Array.fromAsync(host.watch(id));
  return events.flatMap((event) => (event.type === "log" ? event.text : []));
}

const keptOpen = (store: RunStore): RunStore => ({ ...store, close: async () => {} });

describe("a run that has published", () => {
  test("makes the next version, with what is known about it, and serves it", async () => {
    await using host = await open({}, { shippedMetrics: { acc: 0.5 } });
    expect(await host.versions("m")).toEqual({
      model: "m",
      served: 0,
      revision: 0,
      versions: [{ number: 0, metrics: { acc: 0.5 } }],
      history: [],
    });
    expect(await trained(host, "first", 0.4)).toEqual(["version 1 is served"]);
    expect(await host.predict("m", {})).toBe("first");
    const [run] = (await host.runs()).items;
    const at = expect.stringMatching(/^\d{4}-/) as string;
    expect(await host.versions("m")).toEqual({
      model: "m",
      served: 1,
      revision: 1,
      versions: [
        {
          number: 1,
          runId: run?.id,
          owner: "ann",
          createdAt: at,
          size: 5,
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          // Those of before it was published.
          metrics: { acc: 0.4, other: 1 },
          result: { text: "first" },
        },
        { number: 0, metrics: { acc: 0.5 } },
      ],
      history: [{ at, from: 0, to: 1, by: "ann", reason: `published by run ${run?.id}` }],
    });
  });

  test("is served only if it is better, and its log says why not", async () => {
    const rule = { metric: "acc", better: "higher" };
    await using host = await open({}, { promote: rule, shippedMetrics: { acc: 0.97 } });
    expect(await trained(host, "worse", 0.4)).toEqual([
      "version 1 is kept, not served: acc 0.40 is not higher than 0.97 of version 0",
    ]);
    expect(await host.predict("m", {})).toBe("shipped");
    expect(await trained(host, "better", 0.98)).toEqual(["version 2 is served"]);
    expect(await host.predict("m", {})).toBe("better");
  });

  test("may choose for itself, and the host may only be stricter", async () => {
    const train = (_args: never, run: TrainContext) => run.publish(new Blob(["x"]), { promote: "always" });
    const linesWith = async (options: Partial<HostOptions>) => {
      await using host = await open(options, { train, promote: "ask", getTrainArgs: () => ({}) });
      const { id } = await host.train("m", {});
      return (await Array.fromAsync(host.watch(id))).flatMap((event) => (event.type === "log" ? event.text : []));
    };
    expect(await linesWith({})).toEqual(["version 1 is served"]);
    expect(await linesWith({ promote: "always" })).toEqual(["version 1 is served"]);
    expect(await linesWith({ promote: "ask" })).toEqual([
      "version 1 is kept, not served: it waits for somebody to serve it",
    ]);
    await expect(open({ promote: "never" as never })).rejects.toThrow("createHost: promote must be");
  });

  test("with weights that cannot be loaded succeeds, and the version before goes on", async () => {
    await using host = await open();
    await trained(host, "good");
    expect(await trained(host, "broken")).toEqual(["version 2 is kept, not served: it cannot be loaded"]);
    expect(await host.predict("m", {})).toBe("good");
    expect((await host.versions("m")).served).toBe(1);
  });

  test("waits for a store that cannot keep the version", async () => {
    const store = memoryStore();
    let refusals = 0;
    const addVersion: RunStore["addVersion"] = async (...given) => {
      if (refusals++ < 3) throw new DeepaasError("unavailable", "The disk is full.");
      return store.addVersion(...given);
    };
    await using host = await open({ store: { ...store, addVersion } });
    expect(await trained(host, "late")).toEqual(["version 1 is served"]);
    expect(refusals).toBe(4);
  });

  test("weights that are lost meanwhile succeeds without a version, and its log says so", async () => {
    const get = () => Promise.reject(new DeepaasError("not_found", "That file is not kept any more."));
    await using host = await open({ blobs: { ...memoryBlobs(), get } });
    expect(await trained(host, "lost")).toEqual(["the published weights are lost: no version is made of them"]);
    expect((await host.versions("m")).versions).toHaveLength(1);
  });

  test("shows its result with the version, unless it is long", async () => {
    const train = async (_args: never, run: TrainContext) => {
      await run.publish(new Blob(["x"]));
      return "x".repeat(70_000);
    };
    await using host = await open({}, { train });
    await trained(host, "any");
    expect((await host.versions("m")).versions[0]).not.toHaveProperty("result");
    expect((await host.runs()).items[0]).toMatchObject({ state: "succeeded", resultOmitted: true });
  });

  test("is removed without its version", async () => {
    await using host = await open();
    await trained(host, "kept");
    const [run] = (await host.runs()).items;
    await host.remove(run?.id as string);
    await host.serveVersion("m", 0);
    await host.serveVersion("m", 1);
    expect(await host.predict("m", {})).toBe("kept");
  });
});

describe("a server that died", () => {
  test.each(["before", "after"] as const)(
    "%s the decision was recorded ends the run with the one version",
    async (when) => {
      const store = memoryStore();
      const blobs = memoryBlobs();
      const dead = new Promise<never>(() => {});
      const hangs: RunStore["serveVersion"] = async (...given) => {
        if (when === "after") await store.serveVersion(...given);
        return dead;
      };
      const first = await open({ store: keptOpen({ ...store, serveVersion: hangs }), blobs });
      const { id } = await first.train("m", { weights: "made" });
      await vi.waitUntil(async () => (await store.versions("m")).versions.length === 1);
      if (when === "after") await vi.waitUntil(async () => (await store.versions("m")).served === 1);

      await using second = await open({ store: keptOpen(store), blobs });
      const events = await Array.fromAsync(second.watch(id));
      expect(events.map(({ type }) => type).slice(-3)).toEqual(["started", "log", "succeeded"]);
      expect(await second.run(id)).toMatchObject({ state: "succeeded", attempt: 2, result: { text: "made" } });
      expect(await second.versions("m")).toMatchObject({ served: 1, revision: 1, versions: [{ number: 1 }, {}] });
      expect(await second.predict("m", {})).toBe("made");
    },
  );
});

describe("serveVersion", () => {
  test("goes back and forward, and says who did it", async () => {
    await using host = await open();
    for (const weights of ["one", "two"]) await trained(host, weights);
    const versions = await host.serveVersion("m", 0, { caller: { id: "bob" } });
    expect(versions).toMatchObject({ served: 0, revision: 3 });
    expect(versions.history[0]).toMatchObject({ from: 2, to: 0, by: "bob", reason: "requested" });
    expect(await host.predict("m", {})).toBe("shipped");
    await host.serveVersion("m", 1);
    expect(await host.predict("m", {})).toBe("one");
    expect((await host.serveVersion("m", 1)).revision).toBe(4);
    const seen: number[] = [];
    await host.predict("m", {}, { onVersion: (version) => seen.push(version) });
    expect(seen).toEqual([1]);
    expect((await host.describe("m")).metadata.weightsVersion).toBe(1);
    expect(await host.models()).toMatchObject([{ weightsVersion: 1 }]);
  });

  test.each([
    ["a number that is not there", 7, "not_found"],
    ["a number that is not whole", 1.5, "invalid_args"],
    ["a negative number", -1, "invalid_args"],
    ["a text", "1", "invalid_args"],
  ])("refuses %s", async (_, version, code) => {
    await using host = await open();
    await expect(host.serveVersion("m", version as number)).rejects.toMatchObject({ code });
    await expect(host.removeVersion("m", version as number)).rejects.toMatchObject({ code });
    await expect(host.serveVersion("other", 0)).rejects.toMatchObject({ code: "not_found" });
  });

  test("of a damaged file is refused, and the version before goes on", async () => {
    const blobs = memoryBlobs();
    const damaged = new Set<string>();
    const verify = async ({ id }: BlobRef) => {
      if (damaged.has(id)) throw new DeepaasError("not_found", "That file is damaged.");
    };
    const store = memoryStore();
    await using host = await open({ blobs: { ...blobs, verify }, store });
    for (const weights of ["one", "two"]) await trained(host, weights);
    damaged.add((await store.versions("m")).versions[0]?.blob.id as string);
    await expect(host.serveVersion("m", 1)).rejects.toMatchObject({ code: "failed_precondition" });
    expect(await host.predict("m", {})).toBe("two");
    expect((await host.versions("m")).served).toBe(2);
  });

  test("twice at once ends with one order for all", async () => {
    await using host = await open();
    for (const weights of ["one", "two"]) await trained(host, weights);
    await Promise.all([0, 1, 2, 0, 1].map((version) => host.serveVersion("m", version)));
    const { served, history } = await host.versions("m");
    expect(served).toBe(1);
    expect(await host.predict("m", {})).toBe("one");
    for (const [i, { from }] of history.slice(0, -1).entries()) expect(history[i + 1]?.to).toBe(from);
  });

  test("that the store cannot record changes nothing", async () => {
    const store = memoryStore();
    let isFull = false;
    const serveVersion: RunStore["serveVersion"] = async (...given) => {
      if (isFull) throw new DeepaasError("unavailable", "The disk is full.");
      return store.serveVersion(...given);
    };
    await using host = await open({ store: { ...store, serveVersion } });
    await trained(host, "one");
    isFull = true;
    await expect(host.serveVersion("m", 0)).rejects.toMatchObject({ code: "unavailable" });
    expect(await host.predict("m", {})).toBe("one");
  });

  test("waits for the calls in flight: each has one version", async () => {
    let state = "shipped";
    const gate = Promise.withResolvers<void>();
    const slow = {
      getPredictArgs: () => ({ waits: Type.Boolean({ default: false }) }),
      async warm({ published }: WarmContext) {
        state = (await published?.text()) ?? "shipped";
      },
      async predict({ waits }: { waits: boolean }) {
        const before = state;
        if (waits) await gate.promise;
        return [before, state];
      },
    };
    await using host = await open({}, slow);
    await trained(host, "one");
    const versions: number[] = [];
    const onVersion = (version: number) => void versions.push(version);
    const waiting = host.predict("m", { waits: true }, { onVersion });
    const served = host.serveVersion("m", 0);
    await new Promise(setImmediate);
    const late = host.predict("m", {}, { onVersion });
    gate.resolve();
    expect(await waiting).toEqual(["one", "one"]);
    expect(await late).toEqual(["shipped", "shipped"]);
    expect(versions).toEqual([1, 0]);
    await served;
  });
});

test("every host of a store serves the version that is recorded", async () => {
  const store = keptOpen(memoryStore());
  const blobs = memoryBlobs();
  await using one = await open({ store, blobs });
  await trained(one, "made");
  await using other = await open({ store, blobs });
  expect(await other.predict("m", {})).toBe("made");
  await one.serveVersion("m", 0);
  await vi.waitUntil(async () => (await other.predict("m", {})) === "shipped");
  expect((await other.describe("m")).metadata.weightsVersion).toBe(0);
});

test("a host that cannot follow is degraded, with the reason, until it can", async () => {
  const store = keptOpen(memoryStore());
  const blobs = memoryBlobs();
  await using one = await open({ store, blobs });
  await trained(one, "made");
  let isMissing = false;
  const get = (ref: BlobRef) => (isMissing ? Promise.reject(new Error("out of reach")) : blobs.get(ref));
  await using other = await open({ store, blobs: { ...blobs, get } });
  await one.serveVersion("m", 0);
  await vi.waitUntil(async () => (await other.predict("m", {})) === "shipped");
  isMissing = true;
  await one.serveVersion("m", 1);
  await vi.waitUntil(async () => (await other.status()).state === "degraded");
  expect((await other.status()).reasons).toEqual(["model m does not serve the recorded version of its weights"]);
  expect(await other.predict("m", {})).toBe("shipped");
  isMissing = false;
  await other.serveVersion("m", 1);
  expect(await other.predict("m", {})).toBe("made");
  expect((await other.status()).state).toBe("ready");
});

describe("versions", () => {
  test("beyond keepVersions go with their files, except the served one, the one before and the newest", async () => {
    const blobs = memoryBlobs();
    const files = new Set<string>();
    const counted = {
      ...blobs,
      put: async (source: Parameters<typeof blobs.put>[0]) => {
        const ref = await blobs.put(source);
        files.add(ref.id);
        return ref;
      },
      delete: async (ref: BlobRef) => {
        files.delete(ref.id);
        await blobs.delete(ref);
      },
    };
    await using host = await open({ blobs: counted, limits: { keepVersions: 3 } }, { promote: "ask" });
    for (const weights of ["1", "2"]) await trained(host, weights);
    for (const number of [1, 2]) await host.serveVersion("m", number);
    for (const weights of ["3", "4", "5"]) await trained(host, weights);
    const numbers = (await host.versions("m")).versions.map(({ number }) => number);
    expect(numbers).toEqual([5, 2, 1, 0]);
    await vi.waitUntil(() => files.size === 3);
  });

  test("are removed with their files; their numbers are not used again", async () => {
    await using host = await open();
    for (const weights of ["1", "2"]) await trained(host, weights);
    await expect(host.removeVersion("m", 2)).rejects.toMatchObject({ code: "failed_precondition" });
    await expect(host.removeVersion("m", 0)).rejects.toMatchObject({ code: "failed_precondition" });
    await host.serveVersion("m", 1);
    await host.removeVersion("m", 2);
    await expect(host.serveVersion("m", 2)).rejects.toMatchObject({ code: "not_found" });
    await trained(host, "3");
    expect((await host.versions("m")).versions.map(({ number }) => number)).toEqual([3, 1, 0]);
  });

  test("that were made elsewhere are added, and served by the same rules", async () => {
    const rule = { metric: "acc", better: "higher" };
    await using host = await open({}, { promote: rule, shippedMetrics: { acc: 0.5 } });
    const version = await host.addVersion("m", new Blob(["elsewhere"]), { metrics: { acc: 0.6 } });
    expect(version).toMatchObject({ number: 1, size: 9, metrics: { acc: 0.6 } });
    expect(await host.predict("m", {})).toBe("elsewhere");
    await host.addVersion("m", new Blob(["worse"]), { metrics: { acc: 0.1 } });
    await host.addVersion("m", new Blob(["unknown"]));
    expect((await host.versions("m")).served).toBe(1);
    await host.addVersion("m", new Blob(["forced"]), { promote: "always" });
    expect(await host.predict("m", {})).toBe("forced");
    const wrong = host.addVersion("m", new Blob([]), { metric: {} } as never);
    await expect(wrong).rejects.toMatchObject({ code: "invalid_args" });
    const text = host.addVersion("m", new Blob([]), { metrics: { acc: "high" } } as never);
    await expect(text).rejects.toMatchObject({ code: "invalid_args" });
    await expect(host.addVersion("other", new Blob([]))).rejects.toMatchObject({ code: "not_found" });
  });
});

test.each([
  [
    "promote",
    "never",
    'Model m: promote: must be "always", "ask" or { metric, better: "higher" | "lower" }, not "never"',
  ],
  ["shippedMetrics", { acc: "high" }, "Model m: shippedMetrics at /acc: must be a finite number"],
])("a model whose %s is unsound stops the start", async (member, value, message) => {
  await expect(open({}, { [member]: value })).rejects.toThrow(message);
});
