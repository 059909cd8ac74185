import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ModelFile, silentLogger } from "@deepaas/core";
import type { TrainCall } from "@deepaas/core/ports";
import { afterAll, expect, test } from "vitest";
import { checkWorkersOptions, defaultWorkersOptions, type WorkersOptions } from "./options.ts";
import { until } from "./testing/process-facts.ts";
import { workers } from "./workers.ts";
import type { Workers } from "./workers-executor.ts";

const module = join(import.meta.dirname, "testing/faulty.ts");
const folder = mkdtempSync(join(tmpdir(), "deepaas-options-"));
afterAll(() => rmSync(folder, { recursive: true }));

const warm = { signal: new AbortController().signal, weights: async () => undefined };
const call = () => ({
  requestId: "request",
  signal: new AbortController().signal,
  caller: undefined,
  traceparent: undefined,
});

const noteOf = (runId: string) => join(folder, `note-${runId}`);

/** A training that waits for its abort; its note exists once it has started. */
function train(executor: Workers, runId: string, signal: AbortSignal) {
  const nothing = async () => {};
  const reports = { report: nothing, log: nothing, checkpoint: nothing, artifact: nothing, publish: nothing };
  const args = { do: "wait", note: noteOf(runId) };
  const absent = { caller: undefined, resumeFrom: undefined, traceparent: undefined };
  const job = { runId, model: "faulty", args, attempt: 1, ...absent };
  return executor.train(job, { signal, graceMs: 0, ...reports } satisfies TrainCall);
}

test.each<[string, object, string]>([
  ["an unknown option", { module, predicts: 2 }, 'there is no option "predicts"'],
  ["no module", {}, "give either module or modules"],
  ["no modules", { modules: {} }, "give either module or modules"],
  ["both", { module, modules: { a: module } }, "give either module or modules"],
  ["an invalid name", { modules: { "a b": module } }, "a model's name must be 1-64 of"],
  ["a module that is not a path", { modules: { a: 1 } }, "modules.a must be the path of a module"],
  ["a file whose name is not a valid model name", { module: "/my model.ts" }, "a model's name must be 1-64 of"],
  ["devices that are no list", { module, devices: "0,1" }, 'devices must be texts such as "0"'],
  ["a device that is no text", { module, devices: [0] }, 'devices must be texts such as "0"'],
  ...Object.entries(defaultWorkersOptions)
    .filter(([, value]) => typeof value === "number")
    .map(([name]): [string, object, string] => [
      `${name} below its minimum`,
      { module, [name]: -1 },
      `${name} must be an integer of at least`,
    ]),
])("%s is refused", (_, options, message) => {
  expect(() => workers(options as WorkersOptions)).toThrow(message);
});

test("missing options have their defaults, and the caller's object is not changed", () => {
  const options = Object.freeze({ module: "models/digits.ts", predict: 2 });
  const { nodeArgs: _nodeArgs, env, devices: _devices, ...defaults } = defaultWorkersOptions;
  expect(checkWorkersOptions(options)).toMatchObject([
    { ...defaults, predict: 2, modules: { digits: "models/digits.ts" }, program: { command: process.execPath, env } },
  ]);
});

test.each([
  ["backOffMs", { backOffMs: 600_000, maxBackOffMs: 700_000 }, 600_000],
  ["maxBackOffMs", { backOffMs: 600_000, maxBackOffMs: 500_000 }, 500_000],
])(
  "%s sets the delay before the restart after a second failure in a row, which is logged",
  async (_, options, delayMs) => {
    const mark = join(folder, `mark-${delayMs}`);
    writeFileSync(mark, "");
    const logged: object[] = [];
    const logger = { ...silentLogger, warn: (fields: object, text: string) => logged.push({ ...fields, text }) };
    const env = { FAULTY_WARM: "exit", FAULTY_ONCE: mark };
    const executor = workers({ module, env, logger, ...options });
    await executor.warm(warm);
    rmSync(mark);
    process.kill(executor.pids()[0] as number, "SIGKILL");
    await until(() => logged.length >= 3);
    const text = "worker restart delayed";
    expect(logged).toContainEqual({ delayMs, failuresInARow: 2, reason: "exited with code 3", text });
    await executor.close();
  },
);

test("large files pass through a folder in tempFolder that only its owner can read", async () => {
  const tempFolder = mkdtempSync(join(folder, "temp-"));
  const executor = workers({ module, tempFolder });
  await executor.warm(warm);
  const [name] = readdirSync(tempFolder) as [string];
  expect(statSync(join(tempFolder, name)).mode & 0o777).toBe(0o700);
  const outcome = await executor.predict("faulty", { do: "reuse" }, call());
  expect(outcome.ok && (outcome.value as ModelFile).path).toContain(join(tempFolder, name));
  await executor.close();
});

test("trainings run in their own processes, up to `train` at once", async () => {
  const executor = workers({ module, train: 2, graceMs: 0 });
  await executor.warm(warm);
  const stop = new AbortController();
  const trainings = ["a", "b"].map((id) => train(executor, id, stop.signal));
  await until(() => existsSync(noteOf("a")) && existsSync(noteOf("b")));
  expect(executor.pids()).toHaveLength(3);
  stop.abort();
  expect(await Promise.all(trainings)).toMatchObject([{ ok: false }, { ok: false }]);
  await executor.close();
});

test("with `shared` trainings run in the process that predicts, and predicts go on", async () => {
  const executor = workers({ module, shared: true, graceMs: 0 });
  await executor.warm(warm);
  const pids = executor.pids();
  const stop = new AbortController();
  const training = train(executor, "shared", stop.signal);
  await until(() => existsSync(noteOf("shared")));
  expect(executor.pids()).toEqual(pids);
  expect(await executor.predict("faulty", { do: "answer" }, call())).toMatchObject({ value: { pid: pids[0] } });
  stop.abort();
  expect(await training).toMatchObject({ ok: false });
  await executor.close();
});

test("`predict` and `train` are the numbers of processes, and `nodeArgs` reach them", async () => {
  const executor = workers({ module, predict: 2, train: 2, graceMs: 0, nodeArgs: ["--no-deprecation"] });
  await executor.warm(warm);
  expect(executor.slots).toEqual({ predict: 2, train: 2 });
  expect(executor.pids()).toHaveLength(2);
  const both = await Promise.all(["answer", "answer"].map((what) => executor.predict("faulty", { do: what }, call())));
  expect(new Set(both.map((one) => one.ok && (one.value as { pid: number }).pid)).size).toBe(2);
  expect(await executor.predict("faulty", { do: "heap" }, call())).toEqual({
    ok: true,
    value: ["--no-deprecation"],
    version: 0,
  });
  await executor.close();
});

test("a queued call ends when its caller leaves, and when the executor closes", async () => {
  const executor = workers({ module, graceMs: 0 });
  await executor.warm(warm);
  const running = executor.predict("faulty", { do: "deaf" }, call());
  const leave = new AbortController();
  const left = executor.predict("faulty", { do: "answer" }, { ...call(), requestId: "left", signal: leave.signal });
  const stays = executor.predict("faulty", { do: "answer" }, call());
  leave.abort();
  expect(await left).toMatchObject({ ok: false, error: { code: "cancelled" } });
  await executor.close();
  expect(await running).toMatchObject({ ok: false, error: { code: "unavailable" } });
  expect(await stays).toMatchObject({ ok: false, error: { code: "unavailable" } });
});
