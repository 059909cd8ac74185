// Everything that a model can do to its process: the caller gets an answer, no process or file is left behind, and the
// service goes on.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, DeepaasError, type Host } from "@deepaas/core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { WorkersOptions } from "./options.ts";
import { cpuMs, isAlive, until } from "./testing/process-facts.ts";
import { workers } from "./workers.ts";
import type { Workers } from "./workers-executor.ts";

const module = join(import.meta.dirname, "testing/faulty.ts");
const folder = mkdtempSync(join(tmpdir(), "deepaas-faults-"));
const logged: string[] = [];
const log = (fields: object, message: string) => logged.push(`${message} ${JSON.stringify(fields)}`);
const logger = { debug: log, info: log, warn: log, error: log };

interface Opened extends AsyncDisposable {
  readonly host: Host;
  readonly executor: Workers;
}

async function open(options: Partial<WorkersOptions> = {}): Promise<Opened> {
  const executor = workers({ module, graceMs: 100, backOffMs: 10, logger, tempFolder: folder, ...options });
  const host = await createHost({ executor, limits: { graceMs: 100 } });
  return { executor, host, [Symbol.asyncDispose]: () => host.close({ drainMs: 0 }) };
}

let host: Host;
let executor: Workers;

// One service for all of these tests: each leaves it as it was.
beforeAll(async () => {
  ({ host, executor } = await open({ callsPerWorker: 1_000, nodeArgs: ["--max-old-space-size=48"] }));
});
afterEach(async () => {
  logged.length = 0;
});
afterAll(async () => {
  const pids = executor.pids();
  await host.close();
  expect(pids.filter(isAlive)).toEqual([]);
  expect(readdirSync(folder).filter((name) => name.startsWith("deepaas-workers-"))).toEqual([]);
  rmSync(folder, { recursive: true });
});

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    (value) => `ok: ${JSON.stringify(value)}`,
    (error: unknown) => (DeepaasError.is(error) ? error.code : String(error)),
  );

async function workerPid(): Promise<number> {
  const { pid } = (await host.predict("faulty", { do: "answer" })) as { pid: number };
  return pid;
}

async function servesAgain(before: number): Promise<void> {
  await until(() => !isAlive(before));
  expect(await workerPid()).not.toBe(before);
  expect(executor.status()).toEqual({ state: "ready", reasons: [] });
  expect(executor.pids()).toHaveLength(1);
}

/** The same process serves, next to a training process if there was a training. */
async function expectSameWorker(pid: number, processes = 1): Promise<void> {
  expect(await workerPid()).toBe(pid);
  expect(executor.status()).toEqual({ state: "ready", reasons: [] });
  expect(executor.pids()).toHaveLength(processes);
}

test.each([
  ["is killed", "kill", "killed by SIGKILL"],
  ["has a segmentation fault", "segv", "killed by SIGSEGV"],
  ["calls process.exit", "exit", "exited with code 3"],
  ["throws outside of any call", "throw-later", "exited with code 1"],
  ["runs out of memory", "memory", "killed by SIGABRT"],
  ["writes to the pipe of the protocol", "break-the-pipe", "invalid frame on the protocol pipe"],
])("the calls of a worker that %s are worker_lost, and another worker serves", async (_, what, reason) => {
  const pid = await workerPid();
  const beside = codeOf(host.predict("faulty", { do: "wait" }));
  expect(await codeOf(host.predict("faulty", { do: what }))).toBe("worker_lost");
  expect(await beside).toBe("worker_lost");
  await servesAgain(pid);
  expect(logged.join("\n")).toContain(`worker lost {"pid":${pid},"reason":"${reason}","lostCalls":2}`);
  expect(logged.join("\n")).toContain(`worker restarted {"pid":${executor.pids()[0]}}`);
});

test.each([
  ["loops", "loop"],
  ["blocks its thread in a wait", "block"],
  ["blocks its thread in a native call", "native"],
  ["ignores its signal", "deaf"],
])(
  "the worker of a model that %s past the deadline is killed, and the caller has its answer before",
  async (_, what) => {
    const pid = await workerPid();
    expect(await codeOf(host.predict("faulty", { do: what }, { timeoutMs: 100 }))).toBe("deadline_exceeded");
    await servesAgain(pid);
    const reason = "a call did not stop within 100 ms after its abort";
    expect(logged.join("\n")).toContain(`worker lost {"pid":${pid},"reason":"${reason}","lostCalls":1}`);
    expect((await host.stats()).lostWorkers.byReason.not_stopped).toBeGreaterThanOrEqual(1);
  },
);

test("processes that a model started are killed with its worker", async () => {
  const pid = await workerPid();
  const note = join(folder, "child");
  const leave = new AbortController();
  const call = codeOf(host.predict("faulty", { do: "child", note }, { signal: leave.signal }));
  const child = await until(() => existsSync(note) && Number(readFileSync(note, "utf8")));
  leave.abort();
  expect(await call).toBe("cancelled");
  await until(() => !isAlive(child));
  await servesAgain(pid);
});

test("a model that stops when its signal is aborted keeps its process", async () => {
  const pid = await workerPid();
  const note = join(folder, "spins");
  const leave = new AbortController();
  const call = codeOf(host.predict("faulty", { do: "spin", note }, { signal: leave.signal }));
  await until(() => existsSync(note));
  const busyFrom = cpuMs(pid);
  await until(() => cpuMs(pid) - busyFrom > 50);
  leave.abort();
  expect(await call).toBe("cancelled");
  await workerPid();
  const idleFrom = cpuMs(pid);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(cpuMs(pid) - idleFrom).toBeLessThan(100);
  expect(await workerPid()).toBe(pid);
});

test("a worker that stops reading is killed when the first of its calls has not stopped in time", async () => {
  const pid = await workerPid();
  const blocked = codeOf(host.predict("faulty", { do: "block" }, { timeoutMs: 100 }));
  const load = "x".repeat(1 << 20);
  const more = Array.from({ length: 10 }, () => codeOf(host.predict("faulty", { do: "answer", load })));
  expect(await blocked).toBe("deadline_exceeded");
  expect(new Set(await Promise.all(more))).toEqual(new Set(["worker_lost"]));
  await servesAgain(pid);
});

test("a thousand calls in flight on a worker that dies are all worker_lost at once", async () => {
  const pid = await workerPid();
  const note = join(folder, "thousand");
  const calls = Array.from({ length: 999 }, () => codeOf(host.predict("faulty", { do: "wait", note })));
  await until(() => existsSync(note) && readFileSync(note, "utf8").length === 999 * 5);
  expect(await codeOf(host.predict("faulty", { do: "kill" }))).toBe("worker_lost");
  expect(new Set(await Promise.all(calls))).toEqual(new Set(["worker_lost"]));
  await servesAgain(pid);
});

test.each([
  ["an unhandled promise rejection", "reject", "unhandled promise rejection in a worker"],
  ["garbage on stdout", "garbage", '{"stream":"stdout"}'],
])("%s is logged and does not disturb any call", async (_, what, line) => {
  const pid = await workerPid();
  expect(await host.predict("faulty", { do: what })).toEqual({ pid });
  await until(() => logged.some((one) => one.includes(line)));
  await expectSameWorker(pid);
});

test("a thrown value that cannot be read is internal", async () => {
  const pid = await workerPid();
  expect(await codeOf(host.predict("faulty", { do: "throw" }))).toBe("internal");
  const run = await host.train("faulty", { do: "throw" });
  const events = await Array.fromAsync(host.watch(run.id));
  expect(events.at(-1)).toMatchObject({ type: "failed", error: { code: "internal" } });
  await expectSameWorker(pid, 2);
});

test("a stream whose worker dies ends with worker_lost", async () => {
  const pid = await workerPid();
  const stream = host.predictStream("faulty", { do: "kill" })[Symbol.asyncIterator]();
  expect(await stream.next()).toEqual({ done: false, value: 1 });
  expect(await codeOf(stream.next())).toBe("worker_lost");
  await until(() => !isAlive(pid));
  await expectSameWorker(await workerPid(), 2);
});

test("a training that is killed after its grace is cancelled, and predicts go on meanwhile", async () => {
  const pid = await workerPid();
  const run = await host.train("faulty", { do: "loop" });
  const watched: string[] = [];
  let trainer = 0;
  for await (const { type } of host.watch(run.id)) {
    watched.push(type);
    if (type !== "progress") continue;
    trainer = executor.pids().find((one) => one !== pid) as number;
    expect(await workerPid()).toBe(pid);
    await host.cancel(run.id);
  }
  expect(watched).toEqual(["queued", "started", "progress", "stopping", "cancelled"]);
  expect(isAlive(trainer)).toBe(false);
  await expectSameWorker(pid);
});

test("after a crash while warming another worker is started; three in a row reject", async () => {
  const once = join(folder, "once");
  const env = { FAULTY_WARM: "kill", FAULTY_ONCE: once };
  await using opened = await open({ env });
  expect(existsSync(once)).toBe(true);
  expect(await codeOf(opened.host.predict("faulty", { do: "env" }))).toBe("ok: null");
  expect(opened.executor.status()).toEqual({ state: "ready", reasons: [] });
  expect(opened.executor.pids()).toHaveLength(1);
  const pidsEnded = () => logged.flatMap((line) => line.match(/^worker exited {"pid":(\d+)/)?.slice(1) ?? []);
  await until(() => pidsEnded().length === 1);
  const always = open({ env: { FAULTY_WARM: "segv" } });
  await expect(always).rejects.toThrow("A worker could not be started: killed by SIGSEGV.");
  await until(() => pidsEnded().length === 4);
  expect(pidsEnded().filter((pid) => isAlive(Number(pid)))).toEqual([]);
});

test("workers that die or hang while they close do not block the close of the executor", async () => {
  for (const FAULTY_CLOSE of ["die", "hang"]) {
    const { executor: one } = await open({ env: { FAULTY_CLOSE } });
    const pids = one.pids();
    await one.close();
    expect(pids.filter(isAlive)).toEqual([]);
    expect(one.status().state).toBe("closed");
  }
});

test("a worker that is killed during the shutdown does not block it, and its calls are worker_lost", async () => {
  const { host: one, executor: of } = await open();
  const call = codeOf(one.predict("faulty", { do: "wait" }));
  const pids = of.pids();
  const closed = one.close();
  process.kill(pids[0] as number, "SIGKILL");
  expect(await call).toBe("worker_lost");
  await closed;
  // Nor is a replacement left running.
  expect([...pids, ...of.pids()].filter(isAlive)).toEqual([]);
  expect(of.status().state).toBe("closed");
});
