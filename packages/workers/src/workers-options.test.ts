import { join } from "node:path";
import { expect, test } from "vitest";
import { workers } from "./workers.ts";
import { checkWorkersOptions, defaultWorkersOptions, type WorkersOptions } from "./workers-options.ts";

const module = join(import.meta.dirname, "testing/faulty.ts");
const warm = { signal: new AbortController().signal, published: async () => undefined };
const call = () => ({ requestId: "request", signal: new AbortController().signal });

test.each<[string, object, string]>([
  ["an unknown option", { module, predicts: 2 }, 'there is no option "predicts"'],
  ["no module", {}, "give either module or modules"],
  ["no modules", { modules: {} }, "give either module or modules"],
  ["both", { module, modules: { a: module } }, "give either module or modules"],
  ["a name that is none", { modules: { "a b": module } }, "a model's name is 1-64 of"],
  ["a module that is no path", { modules: { a: 1 } }, "modules.a is the path of a module"],
  ["a file whose name is no model's name", { module: "/my model.ts" }, "a model's name is 1-64 of"],
  ...Object.entries(defaultWorkersOptions)
    .filter(([, value]) => typeof value === "number")
    .map(([name]): [string, object, string] => [
      `${name} below its least`,
      { module, [name]: -1 },
      `${name} is a whole`,
    ]),
])("%s is refused", (_, options, message) => {
  expect(() => workers(options as WorkersOptions)).toThrow(message);
});

test("what is not given is the default, and the caller's object stays as it is", () => {
  const options = Object.freeze({ module: "models/digits.ts", predict: 2 });
  expect(checkWorkersOptions(options)).toMatchObject({
    ...defaultWorkersOptions,
    predict: 2,
    modules: { digits: "models/digits.ts" },
  });
});

test("as many predicts and trainings run at once as there are workers for", async () => {
  const executor = workers({ module, predict: 2, train: 2, graceMs: 0, nodeArgs: ["--no-deprecation"] });
  await executor.warm(warm);
  expect(executor.slots).toEqual({ predict: 2, train: 2 });
  expect(executor.pids()).toHaveLength(2);
  const both = await Promise.all(["answer", "answer"].map((what) => executor.predict("faulty", { do: what }, call())));
  expect(new Set(both.map((one) => one.ok && (one.value as { pid: number }).pid)).size).toBe(2);
  expect(await executor.predict("faulty", { do: "heap" }, call())).toEqual({ ok: true, value: ["--no-deprecation"] });
  await executor.close();
});

test("a call that waits for a worker ends when its caller leaves, and at the end of the service", async () => {
  const executor = workers({ module, graceMs: 0 });
  await executor.warm(warm);
  const running = executor.predict("faulty", { do: "deaf" }, call());
  const leave = new AbortController();
  const left = executor.predict("faulty", { do: "answer" }, { requestId: "left", signal: leave.signal });
  const stays = executor.predict("faulty", { do: "answer" }, call());
  leave.abort();
  expect(await left).toMatchObject({ ok: false, error: { code: "cancelled" } });
  await executor.close();
  expect(await running).toMatchObject({ ok: false, error: { code: "unavailable" } });
  expect(await stays).toMatchObject({ ok: false, error: { code: "unavailable" } });
});

test("closing waits for what runs as long as it is told to", async () => {
  const executor = workers({ module, graceMs: 0 });
  await executor.warm(warm);
  const running = executor.predict("faulty", { do: "reject" }, call());
  await executor.close({ drainMs: 10_000 });
  expect(await running).toMatchObject({ ok: true });
});
