import { describe, expect, test, vi } from "vitest";
import {
  createHost,
  type DeepaasError,
  type Host,
  type HostObserver,
  type PredictContext,
  silentLogger,
  Type,
} from "../index.ts";

/** A model whose calls wait until they are let go, one by one. */
function gated() {
  const open: (() => void)[] = [];
  const entered: string[] = [];
  let wake = () => {};
  return {
    entered,
    model: {
      getPredictArgs: () => ({ id: Type.String() }),
      predict: ({ id }: { id: string }) =>
        new Promise<string>((resolve) => {
          entered.push(id);
          open.push(() => resolve(id));
          wake();
        }),
    },
    /** Resolves when `count` calls have entered. */
    async until(count: number) {
      while (entered.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
    letGo: () => open.shift()?.(),
  };
}

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => "ok",
    (error: DeepaasError) => error.code,
  );

describe("admission", () => {
  test("runs no more calls at once than concurrency says", async () => {
    const gate = gated();
    await using host = await createHost({ models: { m: gate.model }, limits: { concurrency: 2 } });
    const calls = ["a", "b", "c"].map((id) => host.predict("m", { id }));
    await gate.until(2);
    expect(gate.entered).toEqual(["a", "b"]);
    gate.letGo();
    await gate.until(3);
    gate.letGo();
    gate.letGo();
    expect(await Promise.all(calls)).toEqual(["a", "b", "c"]);
  });

  test("refuses what does not fit into the queue, with a time to come back", async () => {
    const gate = gated();
    await using host = await createHost({
      models: { m: gate.model },
      limits: { concurrency: 1, models: { m: { queue: 1 } } },
    });
    const calls = ["a", "b"].map((id) => host.predict("m", { id }));
    await expect(host.predict("m", { id: "c" })).rejects.toMatchObject({ code: "overloaded", retryAfterMs: 100 });
    gate.letGo();
    await gate.until(2);
    gate.letGo();
    await Promise.all(calls);
  });

  test("a caller that leaves the queue makes room and never runs", async () => {
    const gate = gated();
    await using host = await createHost({ models: { m: gate.model }, limits: { concurrency: 1, queue: 1 } });
    const first = host.predict("m", { id: "a" });
    const leaving = new AbortController();
    const left = codeOf(host.predict("m", { id: "b" }, { signal: leaving.signal }));
    leaving.abort();
    expect(await left).toBe("cancelled");
    const next = host.predict("m", { id: "c" });
    gate.letGo();
    await gate.until(2);
    gate.letGo();
    await Promise.all([first, next]);
    expect(gate.entered).toEqual(["a", "c"]);
  });

  test("a deadline ends the wait and the call, and the model is told", async () => {
    let told: AbortSignal | undefined;
    const predict = (_args: object, { signal }: PredictContext) => new Promise(() => (told = signal));
    await using host = await createHost({ models: { m: { predict } }, limits: { predictTimeoutMs: 5, drainMs: 0 } });
    expect(await codeOf(host.predict("m", {}))).toBe("deadline_exceeded");
    expect(told?.aborted).toBe(true);
    expect(await codeOf(host.predict("m", {}, { timeoutMs: 1 }))).toBe("deadline_exceeded");
  });

  test("closing drains what runs and then ends what does not stop", async () => {
    const gate = gated();
    const host: Host = await createHost({ models: { m: gate.model } });
    const call = host.predict("m", { id: "a" });
    await gate.until(1);
    const closing = host.close();
    gate.letGo();
    expect(await call).toBe("a");
    await closing;

    const stuck: Host = await createHost({ models: { m: { predict: () => new Promise(() => {}) } } });
    const never = codeOf(stuck.predict("m", {}));
    await stuck.close({ drainMs: 1 });
    expect(await never).toBe("unavailable");
  });
});

describe("batching", () => {
  const sizes: number[] = [];
  const model = {
    getPredictArgs: () => ({ n: Type.Number() }),
    async predictBatch(list: readonly { n: number }[]) {
      sizes.push(list.length);
      await Promise.resolve();
      if (list.some(({ n }) => n === 13) && list.length > 1) throw new Error("the batch is spoilt");
      return list.map(({ n }) => (n < 0 ? new Error("negative") : n === 13 ? Number.NaN : n * 2));
    },
  };

  test("a call alone runs at once; what comes meanwhile runs together", async () => {
    sizes.length = 0;
    await using host = await createHost({ models: { m: model }, logger: silentLogger, limits: { maxBatch: 4 } });
    const calls = Array.from({ length: 10 }, (_, n) => host.predict("m", { n }));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 10 }, (_, n) => n * 2));
    expect(sizes).toEqual([1, 4, 4, 1]);
  });

  test("one bad item fails alone", async () => {
    await using host = await createHost({ models: { m: model }, logger: silentLogger });
    const calls = [0, 1, -1, 2].map((n) => codeOf(host.predict("m", { n })));
    expect(await Promise.all(calls)).toEqual(["ok", "ok", "internal", "ok"]);
  });

  test("a failed batch is tried again item by item, once", async () => {
    sizes.length = 0;
    await using host = await createHost({ models: { m: model }, logger: silentLogger });
    const calls = [0, 1, 13, 2].map((n) => codeOf(host.predict("m", { n })));
    expect(await Promise.all(calls)).toEqual(["ok", "ok", "invalid_response", "ok"]);
    expect(sizes).toEqual([1, 3, 1, 1, 1]);
  });

  test("a batch without a result for each call is refused", async () => {
    await using host = await createHost({ models: { m: { predictBatch: () => [] } }, logger: silentLogger });
    expect(await codeOf(host.predict("m", {}))).toBe("invalid_response");
  });
});

test("a busy model does not starve a quiet one when they share slots", async () => {
  const order: string[] = [];
  const named = (name: string) => ({
    predict: async () => {
      order.push(name);
      await Promise.resolve();
      return name;
    },
  });
  const inner: Host = await createHost({ models: { busy: named("busy"), quiet: named("quiet") } });
  const executor = sharedSlot(inner, ["busy", "quiet"]);
  await using host = await createHost({ executor });
  const calls = [...Array(5).fill("busy"), "quiet"].map((name: string) => host.predict(name, {}));
  await Promise.all(calls);
  expect(order.indexOf("quiet")).toBeLessThan(3);
  await inner.close();
});

test("an observer sees predicts, waits, executions and runs, and cannot break them", async () => {
  const seen: string[] = [];
  const observer: HostObserver = {
    predict: ({ model }) => {
      seen.push(`predict ${model}`);
      return { end: ({ error }) => void seen.push(`answered ${error ?? "ok"}`) };
    },
    execute: ({ size }) => {
      seen.push(`execute ${size}`);
      throw new Error("observer");
    },
    run: ({ attempt }) => {
      seen.push(`run ${attempt}`);
      return { end: ({ type }) => void seen.push(`ended ${type}`) };
    },
    wait: () => ({ end: () => void seen.push("waited") }),
  };
  const models = {
    m: { predictBatch: (list: readonly object[]) => list.map(() => 1), train: () => 1 },
    s: {
      async *predictStream() {
        yield 1;
        throw new Error("in the middle");
      },
    },
  };
  await using host = await createHost({ models, observer, logger: silentLogger });
  await host.predict("m", {});
  const { id } = await host.train("m", {});
  for await (const _ of host.watch(id));
  // A watcher may see the last event before the observer.
  await vi.waitUntil(() => seen.includes("ended succeeded"));
  const pieces: unknown[] = [];
  await expect(
    (async () => {
      for await (const piece of host.predictStream("s", {})) pieces.push(piece);
    })(),
  ).rejects.toMatchObject({ code: "internal" });
  expect(pieces).toEqual([1]);
  expect(seen).toEqual([
    "predict m",
    "waited",
    "execute 1",
    "answered ok",
    "run 1",
    "ended succeeded",
    "predict s",
    "waited",
    "execute 1",
    "answered internal",
  ]);
});

/** An executor with one slot for all its models, which runs them in another host. */
function sharedSlot(inner: Host, names: readonly string[]) {
  const predict = async (model: string) => ({ ok: true as const, value: await inner.predict(model, {}) });
  return {
    slots: { predict: 1, train: 1 },
    warm: async () =>
      Object.fromEntries(await Promise.all(names.map(async (name) => [name, await inner.describe(name)] as const))),
    status: () => ({ state: "ready" as const, reasons: [] }),
    predict,
    predictBatch: async (model: string, list: readonly unknown[]) => Promise.all(list.map(() => predict(model))),
    async *predictStream() {},
    train: async () => ({ ok: true as const, value: null }),
    refresh: async () => {},
    close: async () => {},
  };
}
