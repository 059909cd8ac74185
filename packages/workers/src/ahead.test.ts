// Workers that are handed quick predicts ahead: one runs at a time, each runs once, and an abort of one that has not begun
// harms nobody.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@deepaas/core";
import type { Outcome } from "@deepaas/core/ports";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { WorkersOptions } from "./options.ts";
import { until } from "./testing/process-facts.ts";
import { workers } from "./workers.ts";
import type { Workers } from "./workers-executor.ts";

const module = join(import.meta.dirname, "testing/ahead-model.ts");
let folder: string;
let file: string;
let opened: Workers | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "deepaas-ahead-"));
  file = join(folder, "begun");
});
afterEach(async () => {
  await opened?.close();
  opened = undefined;
  rmSync(folder, { recursive: true });
});

async function open(options: Partial<WorkersOptions> = {}): Promise<Workers> {
  opened = workers({ modules: { m: module }, logger: silentLogger, tempFolder: folder, graceMs: 300, ...options });
  await opened.warm({ signal: new AbortController().signal, weights: async () => undefined });
  return opened;
}

function predict(executor: Workers, args: object, signal = new AbortController().signal): Promise<Outcome> {
  return executor.predict("m", args as Record<string, unknown>, { requestId: "r", signal } as never);
}

/** At least 51 quick predicts, and as many more until the worker is known to be quick: a slow machine may have paused. */
async function warmUp(executor: Workers): Promise<number> {
  for (let i = 0; i < 50 || !(await isQuick(executor)); i++) await predict(executor, { name: "warm" });
  const outcome = await predict(executor, { name: "warm" });
  return (outcome as { readonly value: { readonly pid: number } }).value.pid;
}

async function isQuick(executor: Workers): Promise<boolean> {
  const probe = predict(executor, { name: "warm" });
  const takes = executor.takesAhead?.("m") === true;
  await probe;
  return takes;
}

const begun = () => (existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : []);
const isKept = (outcome: Outcome) => outcome.ok;

/** Occupies the worker, and hands it as many predicts as it takes. */
async function handAhead(executor: Workers, blockMs: number): Promise<Record<"first" | "held", Promise<Outcome>[]>> {
  const first = [predict(executor, { name: "first", file, blockMs })];
  const held: Promise<Outcome>[] = [];
  while (executor.takesAhead?.("m") === true) held.push(predict(executor, { name: `held ${held.length}`, file }));
  expect(held.length).toBeGreaterThan(0);
  await until(() => begun().length > 0);
  return { first, held };
}

test("a worker takes no call ahead before its model's time is known, nor for a slow model", async () => {
  const executor = await open();
  const unknown = predict(executor, { name: "a", blockMs: 30 });
  expect(executor.takesAhead?.("m")).toBe(false);
  await unknown;
  const slow = predict(executor, { name: "b", blockMs: 30 });
  expect(executor.takesAhead?.("m")).toBe(false);
  await slow;
});

test("at most 32 calls are held; they run one at a time, in order", async () => {
  const executor = await open();
  await warmUp(executor);
  const { first, held } = await handAhead(executor, 100);
  expect(held.length).toBeLessThanOrEqual(32);
  const outcomes = await Promise.all([...first, ...held]);
  expect(outcomes.every(isKept)).toBe(true);
  expect(outcomes.map((one) => (one as { value: { most: number } }).value.most)).toEqual(outcomes.map(() => 1));
  expect(begun()).toEqual(["first", ...held.map((_, i) => `held ${i}`)]);
});

test("an idle worker gets a call before a busy one holds it", async () => {
  const executor = await open({ predict: 2 });
  await Promise.all([warmUp(executor), warmUp(executor)]);
  const outcomes = await Promise.all([
    predict(executor, { name: "a", blockMs: 100 }),
    predict(executor, { name: "b", blockMs: 100 }),
  ]);
  expect(new Set(outcomes.map((one) => (one as { value: { pid: number } }).value.pid)).size).toBe(2);
});

test("what a killed worker had not begun runs once, on the next worker", async () => {
  const executor = await open();
  const pid = await warmUp(executor);
  const { first, held } = await handAhead(executor, 60_000);
  process.kill(pid, "SIGKILL");
  expect(await first[0]).toMatchObject({ ok: false, error: { code: "worker_lost" } });
  const outcomes = await Promise.all(held);
  expect(outcomes.every(isKept)).toBe(true);
  expect(begun()).toEqual(["first", ...held.map((_, i) => `held ${i}`)]);
});

test("an abort of a call that has not begun kills nobody, and the call never runs", async () => {
  const executor = await open({ graceMs: 50 });
  const pid = await warmUp(executor);
  const controller = new AbortController();
  const running = predict(executor, { name: "running", file, blockMs: 400 });
  expect(executor.takesAhead?.("m")).toBe(true);
  const aborted = predict(executor, { name: "aborted", file }, controller.signal);
  const other = predict(executor, { name: "other", file });
  await until(() => begun().length > 0);
  controller.abort();
  expect(await aborted).toMatchObject({ ok: false, error: { code: "cancelled" } });
  expect(await running).toMatchObject({ ok: true, value: { pid } });
  expect(await other).toMatchObject({ ok: true, value: { pid } });
  expect(begun()).toEqual(["running", "other"]);
});

test("calls held when the service closes end with `unavailable`", async () => {
  const executor = await open();
  await warmUp(executor);
  const { first, held } = await handAhead(executor, 60_000);
  await executor.close();
  for (const outcome of await Promise.all([...first, ...held])) {
    expect(outcome).toMatchObject({ ok: false, error: { code: "unavailable" } });
  }
  expect(begun()).toEqual(["first"]);
});

test("callsPerWorker above 1: none is held, all run at the same time", async () => {
  const executor = await open({ callsPerWorker: 4 });
  await warmUp(executor);
  const calls = Array.from({ length: 4 }, (_, i) => predict(executor, { name: `${i}` }));
  expect(executor.takesAhead?.("m")).toBe(false);
  expect((await Promise.all(calls)).every(isKept)).toBe(true);
});
