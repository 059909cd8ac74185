// How workers are supervised, and what is logged and reported. Each test has its own service and mostly waits for processes,
// so they run concurrently.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createControl } from "@deepaas/conformance";
import { createHost, DeepaasError, type Host, type ModelFile, silentLogger } from "@deepaas/core";
import { memoryBlobs, memoryStore, type RunStore } from "@deepaas/core/ports";
import { afterAll, expect, test } from "vitest";
import type { WorkersOptions } from "./options.ts";
import { isAlive, until } from "./testing/process-facts.ts";
import { workers } from "./workers.ts";
import type { Workers } from "./workers-executor.ts";

const module = join(import.meta.dirname, "testing/faulty.ts");
const trainer = fileURLToPath(import.meta.resolve("@deepaas/conformance/models/trainer"));
const folder = mkdtempSync(join(tmpdir(), "deepaas-supervision-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Opened extends AsyncDisposable {
  readonly host: Host;
  readonly executor: Workers;
}

async function open(options: Partial<WorkersOptions> = {}): Promise<Opened> {
  const which = options.modules ? {} : { module };
  const executor = workers({ ...which, graceMs: 100, backOffMs: 10, tempFolder: folder, ...options });
  const host = await createHost({ executor, limits: { graceMs: 100 } });
  return { executor, host, [Symbol.asyncDispose]: () => host.close({ drainMs: 0 }) };
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    (value) => `ok: ${JSON.stringify(value)}`,
    (error: unknown) => (DeepaasError.is(error) ? error.code : String(error)),
  );
/** Stays open when its host closes, as a database does. */
const keptOpen = (store: RunStore): RunStore => ({ ...store, close: async () => {} });
const pidFrom = (value: unknown) => (value as { readonly pid: number }).pid;

test.concurrent("a training whose worker dies continues from its checkpoint, as attempt 2, in another process", async () => {
  const control = await createControl();
  await using opened = await open({ modules: { trainer } });
  const { host } = opened;
  const run = await host.train("trainer", {
    control: control.id,
    script: [{ do: "report", step: 1 }, { do: "checkpoint", step: 1, data: [1], file: "weights" }, { do: "die" }],
    again: [
      { do: "note", name: "from" },
      { do: "return", value: "done" },
    ],
  });
  const pids = new Set<number>();
  const events = [];
  for await (const event of host.watch(run.id)) {
    events.push(event);
    for (const pid of opened.executor.pids()) pids.add(pid);
  }
  expect(events.map(({ type }) => type)).toEqual([
    ...["queued", "log", "started", "progress", "checkpoint", "lost", "log", "started", "succeeded"],
  ]);
  expect(events.find((one) => one.type === "lost")).toMatchObject({
    reason: "The worker was lost: killed by SIGKILL.",
  });
  const [from] = await control.notes("from");
  expect(JSON.parse(from as string)).toEqual({
    attempt: 2,
    resumeFrom: { step: 1, data: [1], file: "weights" },
  });
  await control.close();
  // The one that predicts and the one that trained last; the first training process has exited.
  await until(() => [...pids].filter(isAlive).length === 2);
  expect(opened.executor.pids()).toHaveLength(2);
  expect(opened.executor.status()).toEqual({ state: "ready", reasons: [] });
  expect(await host.predict("trainer", {})).toEqual({ weights: "shipped" });
});

test.concurrent("a training is queued while its worker starts, and goes on if that worker dies before it begins", async () => {
  const store = memoryStore();
  const executor = workers({ module, graceMs: 100, backOffMs: 10, tempFolder: folder });
  const pids: number[] = [];
  const claim: RunStore["claim"] = async (runId) => {
    // The worker of the first attempt is ready and held, with nothing in flight on it.
    const trains = executor.pids().at(-1) as number;
    if (pids.push(trains) === 1) {
      process.kill(trains, "SIGKILL");
      await until(() => !isAlive(trains));
    }
    return store.claim(runId);
  };
  await using host = await createHost({ executor, store: { ...store, claim }, limits: { graceMs: 100 } });
  const { id } = await host.train("faulty", { do: "answer" });
  const events = await Array.fromAsync(host.watch(id));
  expect(events.map(({ type }) => type)).toEqual([
    ...["queued", "log", "started", "lost", "log", "started", "progress", "succeeded"],
  ]);
  expect(new Set(pids).size).toBe(2);
});

test.concurrent("after a restart with the same store the published weights are served", async () => {
  const store = memoryStore();
  const blobs = memoryBlobs();
  const start = async () => {
    const executor = workers({ modules: { trainer }, graceMs: 100, tempFolder: folder });
    return createHost({ executor, store: keptOpen(store), blobs });
  };
  const before = await start();
  const run = await before.train("trainer", { script: [{ do: "publish", text: "better" }] });
  await Array.fromAsync(before.watch(run.id));
  expect(await before.predict("trainer", {})).toEqual({ weights: "better" });
  await before.close();
  const after = await start();
  expect(await after.predict("trainer", {})).toEqual({ weights: "better" });
  await after.close();
});

test.concurrent("published weights reach every worker one by one, and no call is dropped", async () => {
  await using opened = await open({ modules: { trainer }, predict: 2 });
  const { host, executor } = opened;
  const before = executor.pids();
  let over = false;
  const answers: string[] = [];
  const caller = async () => {
    while (!over) answers.push(JSON.stringify(await host.predict("trainer", {})));
  };
  const callers = [caller(), caller(), caller()];
  const run = await host.train("trainer", { script: [{ do: "publish", text: "better" }] });
  const events = await Array.fromAsync(host.watch(run.id));
  expect(events.at(-1)?.type).toBe("succeeded");
  over = true;
  await Promise.all(callers);
  for (let i = 0; i < 4; i++) expect(await host.predict("trainer", {})).toEqual({ weights: "better" });
  const known = ['{"weights":"shipped"}', '{"weights":"better"}'];
  expect(answers.filter((answer) => !known.includes(answer))).toEqual([]);
  await until(() => before.filter(isAlive).length === 0);
  // And those that come after them.
  const [killed] = executor.pids() as [number];
  process.kill(killed, "SIGKILL");
  await until(() => !executor.pids().includes(killed));
  for (let i = 0; i < 4; i++) expect(await host.predict("trainer", {})).toEqual({ weights: "better" });
});

test.concurrent("a large file arrives, and so does the one in the answer", async () => {
  const echo = fileURLToPath(import.meta.resolve("@deepaas/conformance/models/file"));
  await using opened = await open({ modules: { file: echo } });
  const text = "x".repeat(3 << 20);
  const answer = await opened.host.predict("file", { accept: "image/png", as: "bytes", text });
  expect(await (answer as ModelFile).text()).toBe(text);
});

test.concurrent("a large answer does not change when the model reuses its memory", async () => {
  await using opened = await open();
  const answer = (await opened.host.predict("faulty", { do: "reuse" })) as ModelFile;
  await opened.host.predict("faulty", { do: "answer" });
  expect(new Set(await answer.bytes())).toEqual(new Set([1]));
  expect(answer.size).toBe(1 << 20);
});

test.concurrent("after maxCalls calls a worker is replaced without a call waiting for it", async () => {
  await using opened = await open({ maxCalls: 3 });
  const { host, executor } = opened;
  const pids = new Set<number>();
  while (pids.size < 3) pids.add(pidFrom(await host.predict("faulty", { do: "answer" })));
  await until(() => executor.pids().length === 1);
  expect(executor.status().state).toBe("ready");
});

test.concurrent("a worker that exceeds maxRssBytes between calls is replaced, and no call is lost", async () => {
  await using opened = await open({ maxRssBytes: 200 << 20 });
  const { host, executor } = opened;
  const grown = pidFrom(await host.predict("faulty", { do: "grow-later" }));
  // It is noticed without a further call.
  await until(() => !isAlive(grown) && executor.pids().length === 1);
  expect(pidFrom(await host.predict("faulty", { do: "answer" }))).not.toBe(grown);
  expect(executor.status()).toEqual({ state: "ready", reasons: [] });
});

const overMemory = /^The worker was lost: memory limit exceeded: \d+ bytes used, maxRssBytes is 209715200\.$/;

test.concurrent("a predict whose worker exceeds maxRssBytes is worker_lost with the reason, also while the model blocks", async () => {
  await using opened = await open({ maxRssBytes: 200 << 20 });
  const { host, executor } = opened;
  const pid = pidFrom(await host.predict("faulty", { do: "answer" }));
  await expect(host.predict("faulty", { do: "grow-and-block" })).rejects.toMatchObject({
    code: "worker_lost",
    message: expect.stringMatching(overMemory),
  });
  expect(isAlive(pid)).toBe(false);
  expect(executor.stats?.().lostWorkers.byReason).toEqual({ memory: 1 });
  expect(pidFrom(await host.predict("faulty", { do: "answer" }))).not.toBe(pid);
  expect(executor.status()).toEqual({ state: "ready", reasons: [] });
});

test.concurrent("a training whose worker exceeds maxRssBytes is lost, with the reason in its log", async () => {
  await using opened = await open({ maxRssBytes: 200 << 20 });
  const { host } = opened;
  const run = await host.train("faulty", { do: "grow-and-block" });
  const events = await Array.fromAsync(host.watch(run.id));
  const reasons = events.flatMap((event) => (event.type === "lost" ? event.reason : []));
  expect(reasons).toEqual(Array(3).fill(expect.stringMatching(overMemory)));
  expect(events.at(-1)).toMatchObject({ type: "failed", error: { code: "worker_lost" } });
  expect(await codeOf(host.predict("faulty", { do: "env" }))).toBe("ok: null");
});

test.concurrent("a model that exceeds maxRssBytes after its warm stops the start", async () => {
  const large = open({ maxRssBytes: 200 << 20, env: { FAULTY_WARM: "grow" } });
  await expect(large).rejects.toThrow(
    /^A worker could not be started: memory limit exceeded: \d+ bytes used, maxRssBytes is 209715200\.$/,
  );
});

test.concurrent("a training that reports nothing for stallMs is lost", async () => {
  await using opened = await open({ stallMs: 100 });
  const run = await opened.host.train("faulty", { do: "block" });
  const reasons = [];
  for await (const event of opened.host.watch(run.id)) if (event.type === "lost") reasons.push(event.reason);
  expect(reasons).toEqual(Array(3).fill("The worker was lost: the training reported nothing for 100 ms."));
  expect((await opened.host.stats()).lostWorkers.byReason).toEqual({ stalled: 3 });
  expect((await opened.host.run(run.id)).state).toBe("failed");
});

test.concurrent("a worker that is not ready within startMs is killed and stops the start", async () => {
  const tempFolder = mkdtempSync(join(folder, "late-"));
  const late = open({ startMs: 50, tempFolder });
  await expect(late).rejects.toThrow("A worker could not be started: not ready within 50 ms.");
  expect(readdirSync(tempFolder)).toEqual([]);
});

test.concurrent("during a crash loop the status is degraded with the reason and calls are unavailable, until a worker starts", async () => {
  const mark = join(folder, "sound");
  writeFileSync(mark, "");
  const env = { FAULTY_WARM: "exit", FAULTY_ONCE: mark };
  await using opened = await open({ env, backOffMs: 50, maxBackOffMs: 50 });
  const { host, executor } = opened;
  rmSync(mark);
  // The model creates the mark as it dies, and dies only without it.
  const unmark = setInterval(() => rmSync(mark, { force: true }), 1);
  process.kill(executor.pids()[0] as number, "SIGKILL");
  await until(() => executor.status().reasons.some((reason) => reason.includes("exited with code 3")));
  expect((await host.status()).state).toBe("degraded");
  const { signal, not_started: notStarted, ...others } = (await host.stats()).lostWorkers.byReason;
  expect([signal, (notStarted ?? 0) >= 1, others]).toEqual([1, true, {}]);
  expect(await codeOf(host.predict("faulty", { do: "answer" }))).toBe("unavailable");
  clearInterval(unmark);
  await until(async () => (await codeOf(host.predict("faulty", { do: "answer" }))).startsWith("ok"));
  expect(await host.status()).toEqual({ state: "ready", reasons: [] });
});

test.concurrent("a replacement whose description differs from the served one is refused, until one does not", async () => {
  const mark = join(folder, "extra");
  const logged: unknown[] = [];
  const warn = (fields: object, text: string) => logged.push({ ...fields, text });
  const logger = { ...silentLogger, warn };
  await using opened = await open({ env: { FAULTY_EXTRA: mark }, logger });
  const { host, executor } = opened;
  const served = await host.describe("faulty");
  writeFileSync(mark, "");
  process.kill(executor.pids()[0] as number, "SIGKILL");
  const reason = "Model faulty: its description differs from the served one at /predictArgs/properties/extra";
  await until(() => executor.status().reasons.includes(`worker lost 3 times in a row: ${reason}`));
  expect(logged).toContainEqual({ pid: expect.any(Number), reason, text: "worker failed to start" });
  expect(await codeOf(host.predict("faulty", { do: "answer" }))).toBe("unavailable");
  rmSync(mark);
  await until(async () => (await codeOf(host.predict("faulty", { do: "answer" }))).startsWith("ok"));
  expect(await host.describe("faulty")).toEqual(served);
});

test.concurrent.each(["loop", "block", "native", "wait"])(
  "workers exit when the server is killed while a model does %s",
  async (what) => {
    const built = new URL("../dist/index.js", import.meta.url).href;
    const tempFolder = mkdtempSync(join(folder, "orphan-"));
    const script = `
    const { workers } = await import(${JSON.stringify(built)});
    const executor = workers({ module: ${JSON.stringify(module)}, tempFolder: ${JSON.stringify(tempFolder)} });
    await executor.warm({ signal: new AbortController().signal, weights: async () => undefined });
    const call = { requestId: "x", signal: new AbortController().signal };
    void executor.predict("faulty", { do: ${JSON.stringify(what)}, note: process.argv[1] }, call);
    console.log(executor.pids().join());`;
    const note = join(folder, `orphan-${what}`);
    const server = spawn(process.execPath, ["--input-type=module", "-e", script, note], {
      stdio: ["ignore", "pipe", 2],
    });
    const [line] = (await once(server.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
    const pids = line.toString().trim().split(",").map(Number);
    await until(() => existsSync(note));
    expect(pids.map(isAlive)).toEqual([true]);
    server.kill("SIGKILL");
    await until(() => pids.filter(isAlive).length === 0);
    rmSync(note);
    await until(() => readdirSync(tempFolder).length === 0);
  },
);

test.concurrent("the folder of a server that is killed while its workers start is removed", async () => {
  const built = new URL("../dist/index.js", import.meta.url).href;
  const tempFolder = mkdtempSync(join(folder, "young-"));
  const script = `
    const { workers } = await import(${JSON.stringify(built)});
    const executor = workers({ module: ${JSON.stringify(module)}, predict: 2, tempFolder: ${JSON.stringify(tempFolder)} });
    void executor.warm({ signal: new AbortController().signal, weights: async () => undefined });
    while (executor.pids().length < 2) await new Promise(setImmediate);
    process.kill(process.pid, "SIGKILL");`;
  const server = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "ignore", 2] });
  await once(server, "exit");
  expect(readdirSync(tempFolder).length).toBe(1);
  await until(() => readdirSync(tempFolder).length === 0);
});

test.concurrent("lines that a model prints go to the run's log in a training, else to the logger", async () => {
  const logged: unknown[] = [];
  const logger = {
    ...silentLogger,
    info: (fields: object, text: string) => logged.push({ ...fields, text }),
    warn: (fields: object, text: string) => logged.push({ ...fields, text }),
  };
  await using opened = await open({ logger });
  const { host, executor } = opened;
  const run = await host.train("faulty", { do: "print" });
  const logs = (await Array.fromAsync(host.watch(run.id))).filter(({ type }) => type === "log");
  expect(logs.filter((one) => "level" in one && one.level === "info")).toMatchObject([
    { text: "A worker is starting for this training." },
    { text: "one line" },
    { text: "and another" },
    { text: "no end" },
  ]);
  expect(logs.filter((one) => "level" in one && one.level === "warning")).toMatchObject([{ text: "a complaint" }]);
  expect(logged).toEqual([]);
  await host.predict("faulty", { do: "print" });
  await until(() => logged.length >= 3);
  expect(logged).toContainEqual({ stream: "stdout", text: "and another" });
  expect(logged).toContainEqual({ stream: "stderr", text: "a complaint" });
  expect(executor.debugOutput().match(/and another\n/g)).toHaveLength(2);
});

test.concurrent("debugOutput has what was printed while warming and after a call", async () => {
  await using opened = await open({ env: { FAULTY_WARM: "print" } });
  const { debugOutput } = opened.executor;
  const lines = () => debugOutput().split("\n").toSorted();
  await until(() => lines().length === 4);
  expect(lines()).toEqual(["", "a complaint", "and another", "one line"]);
  await opened.host.predict("faulty", { do: "print-later" });
  await until(() => lines().length === 5);
  // The text before had no line end.
  expect(lines()).toContain("no endlong after the call");
});

test.concurrent("lines beyond maxLinesPerSecond are dropped, and their number is logged", async () => {
  await using opened = await open({ maxLinesPerSecond: 10 });
  const run = await opened.host.train("faulty", { do: "chatter" });
  const [wait, ...texts] = (await Array.fromAsync(opened.host.watch(run.id))).flatMap((one) =>
    one.type === "log" ? one.text : [],
  );
  expect(wait).toBe("A worker is starting for this training.");
  expect(texts.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, i) => `line ${i}`));
  // Together they account for every line, however long it took.
  const counts = texts.map((text) => /^(\d+) lines of stdout were dropped: more than 10 per second\.$/.exec(text)?.[1]);
  expect(counts.reduce((sum, count) => sum + Number(count ?? 1), 0)).toBe(1_000);
  expect(counts.filter((count) => count === undefined).length % 10).toBe(0);
  expect(counts.at(-1)).toBeDefined();
  expect(opened.executor.debugOutput()).toBe(texts.map((text) => `${text}\n`).join(""));
});
