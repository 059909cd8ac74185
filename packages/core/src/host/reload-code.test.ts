// The code of the models is replaced while the host serves.
import { expect, test, vi } from "vitest";
import { createHost, DeepaasError, type Host, type Model, silentLogger, type TrainContext } from "../index.ts";
import { reloadable } from "../testing/reloadable.ts";

/** A model that states the number of its code; the validator of the same code fills it in. A call waits for `gate`. */
function code(number: number, gate?: Promise<void>): Model {
  const field = { type: "integer", default: number } as const;
  const answer = { type: "array", prefixItems: [{ const: number }, { const: number }] } as const;
  return {
    getMetadata: () => ({ name: "m", version: String(number) }),
    getPredictArgs: () => ({ code: field }),
    getTrainArgs: () => ({ code: field }),
    schema: answer,
    async predict({ code: validated }: { readonly code: number }) {
      await gate;
      return [number, validated];
    },
    async *predictStream({ code: validated }: { readonly code: number }) {
      yield [number, validated];
      await gate;
      yield [number, validated];
    },
  };
}

const turn = () => new Promise(setImmediate);
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "ok",
    (error: unknown) => (DeepaasError.is(error) ? error.code : String(error)),
  );
const open = (executor: ReturnType<typeof reloadable>["executor"]): Promise<Host> =>
  createHost({ executor, logger: silentLogger });

test("calls made before run the code that validated them, also if they wait; calls made after run the new one", async () => {
  const gate = Promise.withResolvers<void>();
  const { executor, steps } = reloadable([code(0, gate.promise), code(1)]);
  await using host = await open(executor);
  const running = host.predict("m", {});
  const waiting = host.predict("m", {});
  await host.reloadCode();
  expect(await host.predict("m", {})).toEqual([1, 1]);
  await turn();
  expect(steps).toEqual(["1 loads", "1 commits"]);
  gate.resolve();
  expect(await Promise.all([running, waiting])).toEqual([
    [0, 0],
    [0, 0],
  ]);
  await vi.waitUntil(() => steps.includes("0 is drained"));
});

test("a stream goes on with its code", async () => {
  const gate = Promise.withResolvers<void>();
  const { executor, steps } = reloadable([code(0, gate.promise), code(1)]);
  await using host = await open(executor);
  const items = host.predictStream("m", {})[Symbol.asyncIterator]();
  expect((await items.next()).value).toEqual([0, 0]);
  await host.reloadCode();
  await turn();
  expect(steps).not.toContain("0 is drained");
  gate.resolve();
  expect((await items.next()).value).toEqual([0, 0]);
  expect((await items.next()).done).toBe(true);
  await vi.waitUntil(() => steps.includes("0 is drained"));
});

test("the description is the new one, as every caller reads it", async () => {
  const { executor } = reloadable([code(0), code(1)]);
  await using host = await open(executor);
  const before = await host.describe("m");
  await host.reloadCode();
  const after = await host.describe("m");
  expect([before, after].map(({ predictArgs }) => predictArgs.properties.code?.default)).toEqual([0, 1]);
  expect([before, after].map(({ metadata }) => metadata.version)).toEqual(["0", "1"]);
  expect(await host.describe("m")).toBe(after);
  expect((await host.models())[0]).toBe(after.metadata);
});

test.each<[string, Model, RegExp]>([
  [
    "cannot be warmed",
    { ...code(1), warm: () => Promise.reject(new Error("no weights")) },
    /^Model m could not be warmed/,
  ],
  [
    "has an unsound schema",
    { ...code(1), getPredictArgs: () => ({ n: { type: "integer", default: "x" } }) } as Model,
    /^Model m: getPredictArgs at \/n\/default/,
  ],
])("code that %s is refused, and the code before goes on", async (_, broken, message) => {
  const { executor, steps } = reloadable([code(0), broken, code(2)]);
  await using host = await open(executor);
  const before = await host.describe("m");
  await expect(host.reloadCode()).rejects.toThrow(message);
  expect(await host.predict("m", {})).toEqual([0, 0]);
  expect(await host.describe("m")).toBe(before);
  expect(steps).toEqual(["1 loads"]);
  await host.reloadCode();
  expect(await host.predict("m", {})).toEqual([2, 2]);
});

test.each<[string, (given: Readonly<Record<string, object>>) => object, RegExp]>([
  ["other models", (given) => ({ ...given, other: given.m }), /^The new code has other models \(m, other\)/],
  [
    "a schema that cannot be compiled",
    ({ m }) => ({ m: { ...m, response: { type: "string", pattern: "(?=a)" } } }),
    /./,
  ],
])("code with %s is discarded", async (_, descriptions, message) => {
  const { executor, steps } = reloadable([code(0), code(1)], { descriptions: descriptions as never });
  await using host = await open(executor);
  await expect(host.reloadCode()).rejects.toThrow(message);
  expect(steps).toEqual(["1 loads", "1 is discarded"]);
  expect(await host.predict("m", {})).toEqual([0, 0]);
});

test("reloads run one after the other", async () => {
  const first = Promise.withResolvers<void>();
  const { executor, steps } = reloadable([code(0), code(1), code(2)], { loading: () => first.promise });
  await using host = await open(executor);
  const reloads = [host.reloadCode(), host.reloadCode()];
  await turn();
  expect(steps).toEqual(["1 loads"]);
  first.resolve();
  await Promise.all(reloads);
  expect(steps.filter((step) => !step.endsWith("drained"))).toEqual(["1 loads", "1 commits", "2 loads", "2 commits"]);
  expect(await host.predict("m", {})).toEqual([2, 2]);
});

/** Loads until it is aborted. */
const endless = (signal: AbortSignal) =>
  new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(new Error("it was killed"))));

test("a reload that is aborted changes nothing", async () => {
  const { executor, steps } = reloadable([code(0), code(1)], { loading: endless });
  await using host = await open(executor);
  const abort = new AbortController();
  const reloading = codeOf(host.reloadCode({ signal: abort.signal }));
  await vi.waitUntil(() => steps.length === 1);
  abort.abort();
  expect(await reloading).toBe("cancelled");
  expect(await codeOf(host.reloadCode({ signal: AbortSignal.abort() }))).toBe("cancelled");
  expect(steps).toEqual(["1 loads"]);
  expect(await host.predict("m", {})).toEqual([0, 0]);
});

test("code that is ready after the abort is discarded", async () => {
  const ready = Promise.withResolvers<void>();
  const { executor, steps } = reloadable([code(0), code(1)], { loading: () => ready.promise });
  await using host = await open(executor);
  const abort = new AbortController();
  const reloading = codeOf(host.reloadCode({ signal: abort.signal }));
  await vi.waitUntil(() => steps.length === 1);
  abort.abort();
  ready.resolve();
  expect(await reloading).toBe("cancelled");
  expect(steps).toEqual(["1 loads", "1 is discarded"]);
});

test("closing ends a reload, and later ones are refused", async () => {
  const { executor, steps } = reloadable([code(0), code(1)], { loading: endless });
  const host = await open(executor);
  const reloads = [host.reloadCode(), host.reloadCode()].map(codeOf);
  await vi.waitUntil(() => steps.length === 1);
  await host.close();
  expect(await Promise.all(reloads)).toEqual(["unavailable", "unavailable"]);
  expect(await codeOf(host.reloadCode())).toBe("unavailable");
  expect(steps).toEqual(["1 loads"]);
});

test("closing waits for the calls of both codes, and ends those that take too long", async () => {
  for (const drainMs of [60_000, 0]) {
    const gate = Promise.withResolvers<void>();
    const { executor } = reloadable([code(0, gate.promise), code(1, gate.promise)]);
    const host = await open(executor);
    const before = codeOf(host.predict("m", {}));
    await host.reloadCode();
    const after = codeOf(host.predict("m", {}));
    const closing = host.close({ drainMs });
    if (drainMs > 0) gate.resolve();
    expect(await Promise.all([before, after])).toEqual(drainMs > 0 ? ["ok", "ok"] : ["unavailable", "unavailable"]);
    await closing;
  }
});

test("models in this process cannot be loaded anew", async () => {
  await using host = await createHost({ models: { m: code(0) } });
  expect(await codeOf(host.reloadCode())).toBe("not_implemented");
  expect(await host.predict("m", {})).toEqual([0, 0]);
});

test("the served version of the weights stays", async () => {
  const { executor } = reloadable([code(0), code(1)]);
  await using host = await open(executor);
  await host.addVersion("m", new Blob(["weights"]));
  await host.reloadCode();
  expect((await host.describe("m")).metadata).toMatchObject({ version: "1", weightsVersion: 1 });
});

test("a training that runs goes on with its code; one that waits gets the new code, which validates its arguments again", async () => {
  const gate = Promise.withResolvers<void>();
  const trainable = (number: number, fields: object): Model => ({
    ...code(number),
    getTrainArgs: () => fields as never,
    async train(args: object, run: TrainContext) {
      await run.checkpoint({ step: 1 });
      if (number === 0) await gate.promise;
      return { code: number, args };
    },
  });
  const { executor } = reloadable([
    trainable(0, { a: { type: "integer", default: 0 }, gone: { type: "string", required: false } }),
    trainable(1, { a: { type: "integer", maximum: 5, default: 1 }, b: { type: "string", default: "new" } }),
  ]);
  await using host = await open(executor);
  const start = (runId: string, args: object) => host.train("m", args, { runId });
  await start("running", { a: 7 });
  await vi.waitUntil(async () => (await host.run("running")).checkpoint);
  await start("waiting", { a: 5, gone: "x" });
  await start("refused", { a: 6 });
  await host.reloadCode();
  gate.resolve();
  for (const id of ["running", "waiting", "refused"]) await Array.fromAsync(host.watch(id));
  expect((await host.run("running")).result).toEqual({ code: 0, args: { a: 7 } });
  expect((await host.run("waiting")).result).toEqual({ code: 1, args: { a: 5, b: "new" } });
  const { state, error } = await host.run("refused");
  expect(state).toBe("failed");
  expect(error).toMatchObject({ code: "invalid_args", issues: [{ pointer: "/a" }] });
  const log = await Array.fromAsync(host.watch("refused"));
  expect(log.at(-2)).toMatchObject({
    type: "log",
    level: "error",
    text: expect.stringContaining("refuses its arguments"),
  });
});
