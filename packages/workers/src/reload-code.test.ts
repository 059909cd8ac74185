// Changed code on disk takes the place of the code that is served. Each test has its own service.
import { describe, expect, test } from "vitest";
import { codeText, serveCode } from "./testing/code-on-disk.ts";
import { isAlive, until } from "./testing/process-facts.ts";

test.concurrent("calls that wait and run end on the processes of their code; then these end", async () => {
  await using served = await serveCode();
  const { host, executor, write } = served;
  const hold = write("", "hold");
  const [old] = executor.pids();
  const before = [host.predict("m", { hold }), host.predict("m", { hold }), host.predict("m", {})];
  write(codeText(1));
  await host.reloadCode();
  expect(await host.predict("m", {})).toEqual([1, 1, "shipped"]);
  expect(executor.pids()).toHaveLength(2);
  served.remove("hold");
  for (const answer of await Promise.all(before)) expect(answer).toEqual([0, 0, "shipped"]);
  await until(() => executor.pids().length === 1);
  expect(isAlive(old as number)).toBe(false);
  expect(executor.status()).toEqual({ state: "ready", reasons: [] });
});

test.concurrent("a stream that is read goes on with its code", async () => {
  await using served = await serveCode();
  const { host, write } = served;
  const stream = host.predictStream("m", { hold: write("", "hold") })[Symbol.asyncIterator]();
  expect((await stream.next()).value).toEqual([0, 0]);
  write(codeText(1));
  await host.reloadCode();
  served.remove("hold");
  expect((await stream.next()).value).toEqual([0, 0]);
  expect((await stream.next()).done).toBe(true);
  await until(() => served.executor.pids().length === 1);
});

test("of hundreds of calls during ten reloads none fails, and none is validated by one code and run by another", {
  timeout: 60_000,
}, async () => {
  await using served = await serveCode();
  const { host, executor, write } = served;
  const answers: unknown[] = [];
  let last = false;
  const callers = Array.from({ length: 20 }, async () => {
    for (let called = 0; called < 10 || !last; called++) answers.push(await host.predict("m", {}));
  });
  for (let number = 1; number <= 10; number++) {
    write(codeText(number));
    await host.reloadCode();
    expect(await host.predict("m", {})).toEqual([number, number, "shipped"]);
  }
  last = true;
  await Promise.all(callers);
  expect(answers.length).toBeGreaterThanOrEqual(200);
  const isMixed = (answer: unknown) => (answer as readonly number[])[0] !== (answer as readonly number[])[1];
  expect(answers.filter(isMixed)).toEqual([]);
  await until(() => executor.pids().length === 1);
});

describe.each([{ shared: false }, { shared: true }])("a training, with %o,", ({ shared }) => {
  test.concurrent("goes on over two reloads, and its result is that of its code", async () => {
    await using served = await serveCode({ shared });
    const { host, executor, write, pathOf } = served;
    const { id } = await host.train("m", { go: pathOf("go"), mark: pathOf("mark") });
    await until(() => served.exists("mark"));
    for (const number of [1, 2]) {
      write(codeText(number));
      await host.reloadCode();
    }
    expect(await host.predict("m", {})).toEqual([2, 2, "shipped"]);
    // One that waits for it gets the new code.
    const { id: next } = await host.train("m", {});
    write("", "go");
    const events = await Array.fromAsync(host.watch(id));
    expect(events.map(({ type }) => type).filter((type) => type !== "log")).toEqual(["queued", "started", "succeeded"]);
    expect((await host.run(id)).result).toEqual([0, 0]);
    await Array.fromAsync(host.watch(next));
    expect((await host.run(next)).result).toEqual([2, 2]);
    await until(() => executor.pids().length === (shared ? 1 : 2));
  });
});

test.concurrent("a training whose worker is starting with the code before begins with the new code, as its first attempt", async () => {
  await using served = await serveCode();
  const { host, write } = served;
  // The code before still has a predict when it is replaced.
  const hold = write("", "hold");
  const predict = host.predict("m", { hold });
  served.remove("warm-0");
  write("", "slow-0");
  const { id } = await host.train("m", {});
  await until(() => served.exists("warm-0"));
  write(codeText(1));
  await host.reloadCode();
  const events = await Array.fromAsync(host.watch(id));
  expect(events.map(({ type }) => type)).toEqual(["queued", "log", "started", "succeeded"]);
  // The default of its argument is the one that was recorded when it was started.
  expect(await host.run(id)).toMatchObject({ attempt: 1, result: [1, 0] });
  served.remove("hold");
  expect(await predict).toEqual([0, 0, "shipped"]);
});

test.concurrent("a training that was prepared and did not begin runs the new code, and the worker that it held ends", async () => {
  await using served = await serveCode();
  const { executor, write } = served;
  const { signal } = new AbortController();
  const release = await executor.prepareTrain?.({ runId: "r", model: "m" }, { signal, onWait: async () => {} });
  expect(executor.pids()).toHaveLength(2);
  write(codeText(1));
  const loaded = await executor.reloadCode?.({ signal });
  loaded?.commit(Promise.resolve());
  const absent = { caller: undefined, resumeFrom: undefined, traceparent: undefined };
  const job = { runId: "r", model: "m", args: {}, attempt: 1, ...absent };
  const ignore = async () => {};
  const reports = { report() {}, log() {}, checkpoint: ignore, artifact: ignore, publish: ignore };
  const outcome = await executor.train(job, { signal, graceMs: 0, ...reports });
  expect(outcome).toMatchObject({ ok: true, value: [1, null] });
  release?.();
  await until(() => executor.pids().length === 2);
});

test.concurrent("the version of the weights that is served stays, and those of a change during a reload are served after it", async () => {
  await using served = await serveCode();
  const { host, write } = served;
  await host.addVersion("m", new Blob(["one"]));
  expect(await host.predict("m", {})).toEqual([0, 0, "one"]);
  write(codeText(1));
  const reloading = host.reloadCode();
  const adding = host.addVersion("m", new Blob(["two"]));
  await reloading;
  await adding;
  expect(await host.predict("m", {})).toEqual([1, 1, "two"]);
  expect((await host.describe("m")).metadata.weightsVersion).toBe(2);
});

describe("files()", () => {
  test.concurrent("lists what each model was loaded from, outside of node_modules", async () => {
    await using served = await serveCode({ reportFiles: true });
    const { host, executor, write, pathOf } = served;
    expect(Object.keys(executor.files().m as object)).toEqual([pathOf("m.mjs")]);
    write("export const used = 1;", "node_modules/pack/index.mjs");
    write(JSON.stringify({ name: "pack", exports: "./index.mjs" }), "node_modules/pack/package.json");
    write("exports.word = 1;", "lib/old.cjs");
    write(`import "pack"; import "./old.cjs"; import data from "../data.json" with { type: "json" };`, "lib/part.mjs");
    write("{}", "data.json");
    write(codeText(1, `import "./lib/part.mjs"; import "pack";`));
    await host.reloadCode();
    const files = executor.files().m as Readonly<Record<string, string>>;
    expect(Object.keys(files).sort()).toEqual(["data.json", "lib/old.cjs", "lib/part.mjs", "m.mjs"].map(pathOf));
    expect(new Set(Object.values(files)).size).toBe(4);
    for (const hash of Object.values(files)) expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test.concurrent("lists a file that is missing, and what was loaded before a fault", async () => {
    await using served = await serveCode({ reportFiles: true });
    const { host, executor, write, pathOf } = served;
    write(codeText(1, `import "./missing.mjs";`));
    await expect(host.reloadCode()).rejects.toThrow("missing.mjs");
    const files = executor.files().m as Readonly<Record<string, string>>;
    expect(files[pathOf("missing.mjs")]).toBe("");
    expect(files[pathOf("m.mjs")]).toMatch(/^[0-9a-f]{64}$/);
  });

  test.concurrent("is empty without the option", async () => {
    await using served = await serveCode();
    expect(served.executor.files()).toEqual({});
  });
});
