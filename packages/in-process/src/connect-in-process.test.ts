import {
  createHost,
  DeepaasError,
  defineModel,
  FileField,
  type JsonValue,
  silentLogger,
  Type,
  withDefault,
} from "@deepaas/core";
import { expect, test } from "vitest";
import { connectInProcess } from "./connect-in-process.ts";

const cached = { labels: ["a"], weights: [1] };

function models(seen: unknown[] = []) {
  return {
    echo: defineModel({
      getPredictArgs: () => ({
        nested: withDefault(Type.Object({ list: Type.Array(Type.Number()) }), { list: [] }),
        image: Type.Optional(FileField()),
      }),
      predict(args) {
        seen.push(args.nested);
        args.nested.list.push(99);
        return args.image ?? cached;
      },
      async *predictStream(args) {
        yield* args.nested.list;
      },
      getTrainArgs: () => ({ epochs: withDefault(Type.Integer(), 1) }),
      train({ epochs }, run) {
        run.report({ step: epochs, metrics: { loss: 0.5 } });
        return { epochs };
      },
    }),
  };
}

test("a model's changes to its arguments do not reach the caller, nor the caller's later ones the model", async () => {
  const seen: { list: number[] }[] = [];
  await using host = await createHost({ models: models(seen) });
  const echo = connectInProcess(host).model("echo");
  const nested = { list: [1] };
  const answer = echo.predict({ nested });
  nested.list.push(2);
  await answer;
  expect(nested.list).toEqual([1, 2]);
  expect(seen).toEqual([{ list: [1, 99] }]);

  const stream = echo.predictStream({ nested });
  nested.list.push(3);
  expect(await Array.fromAsync(stream)).toEqual([1, 2]);
});

test("a caller's changes to a result do not reach the model", async () => {
  await using host = await createHost({ models: models() });
  const { echo } = { echo: connectInProcess(host).model("echo") };
  const first = (await echo.predict()) as { labels: JsonValue[] };
  first.labels.push("b");
  expect(await echo.predict()).toEqual({ labels: ["a"], weights: [1] });
  expect(await echo.predict()).not.toBe(cached);
});

test("a run's record and its events are the caller's own copies", async () => {
  await using host = await createHost({ models: models() });
  const local = connectInProcess(host);
  const started = await local.model("echo").train({}, { runId: "one" });
  const events = await Array.fromAsync(local.model("echo").watch(started.id));
  expect(events.map(({ type }) => type)).toEqual(["queued", "started", "progress", "succeeded"]);
  for (const event of events) if (event.type === "progress") Object.assign(event.metrics ?? {}, { loss: 0 });
  Object.assign((await local.run("one")).args, { epochs: 7 });
  expect(await host.run("one")).toMatchObject({ args: { epochs: 1 }, progress: { metrics: { loss: 0.5 } } });
  expect(await Array.fromAsync(local.watch("one", { after: 2 }))).toMatchObject([
    { metrics: { loss: 0.5 } },
    { seq: 4 },
  ]);
});

test("whatever a method gives is the caller's own, at every level", async () => {
  await using host = await createHost({ models: models() });
  const local = connectInProcess(host);
  await Array.fromAsync(local.watch((await local.train("echo", {}, { runId: "one" })).id));
  const calls: (() => Promise<unknown>)[] = [
    () => local.models(),
    () => local.describe("echo"),
    () => local.train("echo", {}, { runId: "one" }),
    () => local.run("one"),
    () => local.runs(),
    () => local.cancel("one"),
  ];
  for (const call of calls) {
    const before = JSON.stringify(await call());
    spoil(await call());
    expect(JSON.stringify(await call())).toBe(before);
  }
});

function spoil(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const member of Object.values(value)) spoil(member);
  if (!Object.isFrozen(value)) Object.assign(value, { spoilt: true });
}

test("a file goes in and out by reference to its content", async () => {
  await using host = await createHost({ models: models() });
  const file = await connectInProcess(host)
    .model("echo")
    .predict({ image: new Blob(["pixels"], { type: "image/x" }) });
  expect(await (file as { text(): Promise<string> }).text()).toBe("pixels");
  expect(file).toMatchObject({ contentType: "image/x" });
});

test.each<[string, object, string]>([
  ["a function", { list: [() => 1] }, "/nested/list/0"],
  ["a bigint", { list: [1n] }, "/nested/list/0"],
  ["a map", { list: new Map() }, "/nested/list"],
])("%s is refused as invalid_args with its place", async (_, nested, pointer) => {
  await using host = await createHost({ models: models() });
  const local = connectInProcess(host);
  const refused = expect.objectContaining({ code: "invalid_args", issues: [expect.objectContaining({ pointer })] });
  await expect(local.predict("echo", { nested })).rejects.toEqual(refused);
  await expect(Array.fromAsync(local.predictStream("echo", { nested }))).rejects.toEqual(refused);
  await expect(local.train("echo", { nested })).rejects.toEqual(refused);
});

test("a cycle is refused, a date arrives as its text, undefined is left out", async () => {
  await using host = await createHost({
    models: {
      any: { getPredictArgs: () => ({ value: { type: "object" } }), predict: ({ value }: { value: unknown }) => value },
    },
  });
  const any = connectInProcess(host).model("any");
  const cycle: { self?: object } = {};
  cycle.self = cycle;
  await expect(any.predict({ value: cycle })).rejects.toMatchObject({ code: "invalid_args" });
  const at = new Date(0);
  expect(await any.predict({ value: { at, none: undefined } })).toStrictEqual({ at: "1970-01-01T00:00:00.000Z" });
});

test("the host's refusals arrive as they are, and closing stays with the host", async () => {
  const host = await createHost({ models: models() });
  const local = connectInProcess(host);
  await expect(local.predict("nobody", {})).rejects.toMatchObject({ code: "not_found" });
  await expect(local.model("echo").predict({ nested: 1 } as never)).rejects.toMatchObject({ code: "invalid_args" });
  await host.close();
  const error: unknown = await local.models().catch((e: unknown) => e);
  expect(DeepaasError.is(error) && error.code).toBe("unavailable");
});

test("an abort by the caller ends the call", async () => {
  await using host = await createHost({
    models: {
      slow: {
        predict: (_: object, { signal }: { signal: AbortSignal }) =>
          new Promise((resolve) => signal.addEventListener("abort", resolve)),
      },
    },
  });
  const leave = new AbortController();
  const call = connectInProcess(host).model("slow").predict({}, { signal: leave.signal });
  leave.abort();
  await expect(call).rejects.toMatchObject({ code: "cancelled" });
});

test("the cause of an error is what the model threw", async () => {
  const thrown = new RangeError("no weights");
  const predict = () => {
    throw thrown;
  };
  await using host = await createHost({ models: { m: { predict, predictStream: predict } }, logger: silentLogger });
  const service = connectInProcess(host);
  await expect(service.predict("m", {})).rejects.toMatchObject({ code: "internal", cause: thrown });
  await expect(Array.fromAsync(service.predictStream("m", {}))).rejects.toMatchObject({ cause: thrown });
});
