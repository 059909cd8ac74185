// The trace context of a training: from the call through the store to each attempt, and into the model.
import { expect, test, vi } from "vitest";
import { memoryStore } from "../in-memory/run-store.ts";
import { createHost, type HostObserver, silentLogger, type TrainContext, Type } from "../index.ts";

function recording() {
  const seen: unknown[] = [];
  const observer: HostObserver = {
    train: ({ model, runId, requestId, traceparent }) => {
      seen.push(["train", model, runId, requestId, traceparent]);
      return { traceparent: `${traceparent}/train`, end: (end) => void seen.push(["recorded", end]) };
    },
    run: ({ attempt, traceparent }) => {
      seen.push(["attempt", attempt, traceparent]);
      return { traceparent: `${traceparent}/${attempt}`, end: ({ type }) => void seen.push(["ended", type]) };
    },
  };
  return { seen, observer };
}

const logger = silentLogger;
const call = { requestId: "q", traceparent: "t" };

test("a training is told when it is to be recorded and when it is; its attempt and its model are within", async () => {
  const { seen, observer } = recording();
  const models = { m: { getTrainArgs: () => ({ n: Type.Number() }), train: () => 1 } };
  const modelCalls: unknown[] = [];
  const modelObserver = {
    call<T>(about: object, work: () => T): T {
      modelCalls.push(about);
      return work();
    },
  };
  await using host = await createHost({ models, observer, modelObserver, logger });
  await host.train("m", { n: 1 }, { ...call, runId: "r" });
  for await (const _ of host.watch("r"));
  await vi.waitUntil(() => seen.some((one) => (one as string[])[0] === "ended"));
  expect(seen).toHaveLength(4);
  expect(seen).toContainEqual(["recorded", {}]);
  expect(seen.filter((one) => (one as string[])[0] !== "recorded")).toEqual([
    ["train", "m", "r", "q", "t"],
    ["attempt", 1, "t/train"],
    ["ended", "succeeded"],
  ]);
  expect(modelCalls).toEqual([
    { model: "m", method: "train", requestId: undefined, runId: "r", traceparent: "t/train/1" },
  ]);
});

test("a training that is refused after its arguments were accepted is told with the code; before, it is not told", async () => {
  const { seen, observer } = recording();
  const models = { m: { getTrainArgs: () => ({ n: Type.Number() }), train: () => 1 } };
  const store = { ...memoryStore(), create: () => Promise.reject(new Error("disk full")) };
  await using host = await createHost({ models, observer, store, logger });
  await expect(host.train("m", { n: "x" }, call)).rejects.toMatchObject({ code: "invalid_args" });
  expect(seen).toEqual([]);
  await expect(host.train("m", { n: 1 }, call)).rejects.toMatchObject({ code: "internal" });
  expect(seen).toEqual([
    ["train", "m", expect.stringMatching(/^[0-9a-f]{32}$/), "q", "t"],
    ["recorded", { error: "internal" }],
  ]);
});

test("an attempt after a restart of the server has the trace context of the call that started the run", async () => {
  const store = memoryStore();
  const hangs = (_args: object, { signal }: TrainContext) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
  const before = await createHost({ models: { m: { train: hangs } }, store, logger, limits: { graceMs: 0 } });
  const { id } = await before.train("m", {}, call);
  await vi.waitUntil(async () => (await before.run(id)).state === "running");
  await before.close();
  const { seen, observer } = recording();
  await using after = await createHost({ models: { m: { train: () => 1 } }, store, observer, logger });
  for await (const _ of after.watch(id));
  expect(seen[0]).toEqual(["attempt", 2, "t"]);
});

test("a training without a trace context has none in its attempts", async () => {
  const seen: unknown[] = [];
  const observer: HostObserver = { run: ({ traceparent }) => void seen.push(traceparent) };
  await using host = await createHost({ models: { m: { train: () => 1 } }, observer, logger });
  const { id } = await host.train("m", {});
  for await (const _ of host.watch(id));
  expect(seen).toEqual([undefined]);
});
