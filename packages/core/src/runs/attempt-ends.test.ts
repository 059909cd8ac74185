// Why each attempt stops and what is recorded ("Runs" of ARCHITECTURE.md), on a store and an executor that the test holds.
import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DeepaasError } from "../contract/error.ts";
import type { TrainCall } from "../ports/executor.ts";
import { begin, failed, ok, turn, untilAborted } from "../testing/held-attempts.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe("an attempt that", () => {
  test("returns is recorded as succeeded, and is the last", async () => {
    const { work, facts, jobs, logged } = begin({ claims: [{}, {}], run: { owner: "ann" } });
    await work;
    expect(facts()).toEqual([{ type: "succeeded", result: "done" }]);
    expect(jobs).toEqual([
      { runId: "r", model: "m", args: { x: 1 }, caller: { id: "ann" }, attempt: 1, resumeFrom: undefined },
    ]);
    expect(logged).toEqual([]);
  });

  test("returns after it published says what became of the weights first", async () => {
    const decision = { level: "warning", text: "not promoted" };
    const published = { blob: { id: "b" } } as never;
    const { work, facts } = begin({ claims: [{ published }], publish: () => decision });
    await work;
    expect(facts()).toEqual([
      { type: "log", ...decision },
      { type: "succeeded", result: "done" },
    ]);
    const silent = begin({ claims: [{ published }], publish: () => undefined });
    await silent.work;
    expect(silent.types()).toEqual(["succeeded"]);
  });

  test("fails is recorded with its error", async () => {
    const { work, facts } = begin({ claims: [{}, {}], train: () => failed("internal", "bug") });
    await work;
    expect(facts()).toEqual([{ type: "failed", error: { code: "internal", message: "bug" } }]);
  });

  test("cannot be run at all is internal, and logged", async () => {
    const { work, facts, logged } = begin({
      train: () => {
        throw new Error("secret");
      },
    });
    await work;
    const message = "The training could not be run. See the server's log.";
    expect(facts()).toEqual([{ type: "failed", error: { code: "internal", message } }]);
    expect(logged).toMatchObject([{ level: "error", fields: { runId: "r", err: { message: "secret" } } }]);
  });

  test("loses its worker is followed by another", async () => {
    const { work, facts, jobs } = begin({
      claims: [{}, { lostInARow: 1 }],
      train: ({ attempt }) => (attempt === 1 ? failed("worker_lost") : ok),
    });
    await work;
    expect(facts()).toEqual([
      { type: "lost", reason: "It died." },
      { type: "succeeded", result: "done" },
    ]);
    expect(jobs.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  test("loses its worker a third time without a checkpoint fails", async () => {
    const { work, facts, jobs } = begin({ claims: [{ lostInARow: 2 }, {}], train: () => failed("worker_lost") });
    await work;
    const message = "The worker was lost 3 times in a row without a new checkpoint: It died.";
    expect(facts()).toEqual([
      { type: "lost", reason: "It died." },
      { type: "failed", error: { code: "worker_lost", message } },
    ]);
    expect(jobs).toHaveLength(1);
    const second = begin({ claims: [{ lostInARow: 1 }], train: () => failed("worker_lost") });
    await second.work;
    expect(second.types()).toEqual(["lost"]);
  });

  test("was lost three times already does not start", async () => {
    const { work, facts, jobs } = begin({ claims: [{ lostInARow: 3 }] });
    await work;
    const message = "3 attempts in a row were lost without a new checkpoint.";
    expect([jobs, facts()]).toEqual([[], [{ type: "failed", error: { code: "worker_lost", message } }]]);
  });

  test('of a model that says resume: "never" is the only one', async () => {
    const lostOne = begin({ claims: [{}, {}], resume: "never", train: () => failed("worker_lost") });
    await lostOne.work;
    expect(lostOne.types()).toEqual(["lost", "failed"]);
    const second = begin({ run: { attempt: 2 }, resume: "never" });
    await second.work;
    expect([second.jobs, second.facts()]).toMatchObject([[], [{ type: "failed", error: { code: "worker_lost" } }]]);
    const first = begin({ resume: "never" });
    await first.work;
    expect(first.types()).toEqual(["succeeded"]);
    const resumed = begin({ run: { attempt: 2 } });
    await resumed.work;
    expect(resumed.types()).toEqual(["succeeded"]);
  });

  test("is cancelled ends as cancelled, with the reason, whatever its model throws", async () => {
    for (const reason of ["enough", undefined]) {
      const { work, facts, state, stop, signals } = begin({
        claims: [{}, {}],
        train: (_job, { signal }) => untilAborted(signal, failed("internal")),
      });
      await turn();
      Object.assign(state, { state: "stopping", reason });
      stop.abort();
      await work;
      expect(facts()).toStrictEqual([{ type: "cancelled", ...(reason !== undefined && { reason }) }]);
      expect(signals[0]?.aborted).toBe(true);
    }
  });

  test("stops with its server is lost, not counted, and not followed", async () => {
    const { work, appends, jobs, stop } = begin({
      claims: [{}, {}],
      train: (_job, { signal }) => untilAborted(signal, failed("worker_lost")),
    });
    await turn();
    stop.abort();
    await work;
    expect(appends).toEqual([[{ fact: { type: "lost", reason: "shutdown" }, counted: false }]]);
    expect(jobs).toHaveLength(1);
  });

  test("is cancelled while its loss is recorded ends as cancelled", async () => {
    const given: ReturnType<typeof begin> = begin({
      claims: [{}, {}],
      train: () => failed("worker_lost"),
      onAppend: () => {
        given.state.state = "stopping";
        return "kept";
      },
    });
    await given.work;
    expect(given.types()).toEqual(["lost", "cancelled"]);
    expect(given.jobs).toHaveLength(1);
  });

  test("is stale records nothing more, and is told so", async () => {
    const ends: unknown[] = [];
    const { work, jobs, logged } = begin({
      claims: [{}, {}],
      onAppend: () => "stale",
      observer: { run: (run) => ({ end: (end) => void ends.push(run, end) }) },
    });
    await work;
    expect(jobs).toHaveLength(1);
    expect(ends).toEqual([
      { model: "m", runId: "r", attempt: 1, owner: undefined, traceparent: undefined },
      { type: "stale" },
    ]);
    expect(logged.map(({ level, text, fields }) => [level, text, fields.runId, fields.attempt])).toEqual([
      ["error", "the attempt is stopped", "r", 1],
      ["warn", "a stale attempt stopped; its last events were not recorded", "r", 1],
    ]);
  });

  test("has an observer that needs no answer, or gets the last event", async () => {
    const ends: unknown[] = [];
    await begin({ observer: { run: () => ({ end: (end) => void ends.push(end) }) } }).work;
    expect(ends).toEqual([{ type: "succeeded" }]);
    await begin({ observer: { run: () => undefined } }).work;
    await begin({ observer: {} }).work;
  });
});

describe("a store that fails", () => {
  test("is asked for the claim again after 50, 200, 1,000 and 5,000 ms", async () => {
    const at: number[] = [];
    const { work, types, logged } = begin({
      onClaim: (index) => {
        at.push(Math.round(performance.now()));
        if (index < 6) throw new Error("disk full");
      },
    });
    await vi.advanceTimersByTimeAsync(20_000);
    await work;
    expect(at.map((ms) => ms - (at[0] as number))).toEqual([0, 50, 250, 1_250, 6_250, 11_250, 16_250]);
    expect(types()).toEqual(["succeeded"]);
    expect(logged.map(({ fields }) => fields.delayMs)).toEqual([50, 200, 1_000, 5_000, 5_000, 5_000]);
  });

  test("because it is damaged is not asked again: the run gives up its slot", async () => {
    const { work, logged, jobs } = begin({
      onClaim: () => {
        throw new DeepaasError("internal", "The store's file is damaged.");
      },
    });
    await work;
    expect([jobs, logged.map(({ text }) => text)]).toEqual([[], ["run could not be recorded"]]);
    expect(logged[0]?.fields).toMatchObject({ runId: "r", err: { code: "internal" } });
  });

  test("while the host closes is not asked again", async () => {
    const { work, closing, logged } = begin({
      onClaim: () => {
        throw new Error("disk full");
      },
    });
    await turn();
    closing.abort();
    await work;
    expect(logged.map(({ text }) => text)).toEqual(["the store failed; retrying", "run could not be recorded"]);
    expect(getEventListeners(closing.signal, "abort")).toHaveLength(0);
  });

  test("for longer than its patience stops the attempt, which is lost but not counted; another follows", async () => {
    let isFull = true;
    const given: ReturnType<typeof begin> = begin({
      claims: [{}, {}],
      storePatienceMs: 100,
      onAppend: () => (isFull ? new Error("disk full") : "kept"),
      train(job, call) {
        if (job.attempt > 1) return ok;
        call.report({ step: 1 });
        return untilAborted(call.signal, failed("internal"));
      },
    });
    await turn();
    await vi.advanceTimersByTimeAsync(200);
    expect(given.signals[0]?.aborted).toBe(true);
    isFull = false;
    await vi.advanceTimersByTimeAsync(10_000);
    await given.work;
    expect(given.types()).toEqual(["progress", "lost", "succeeded"]);
    expect(given.appends.flat().find(({ fact }) => fact.type === "lost")).toMatchObject({ counted: false });
    expect(given.logged.filter(({ text }) => text === "the attempt is stopped")).toHaveLength(1);
  });

  test("and whose run does not resume fails it", async () => {
    let isFull = true;
    const { work, types } = begin({
      resume: "never",
      storePatienceMs: 100,
      onAppend: () => (isFull ? new Error("disk full") : "kept"),
      train(_job, call) {
        call.report({ step: 1 });
        return untilAborted(call.signal, failed("internal"));
      },
    });
    await turn();
    await vi.advanceTimersByTimeAsync(200);
    isFull = false;
    await vi.advanceTimersByTimeAsync(10_000);
    await work;
    expect(types()).toEqual(["progress", "failed"]);
  });
});

describe("what an attempt gets", () => {
  const args = { secrets: { key: "s" }, files: { one: { id: "a" }, many: [{ id: "b" }, { id: "c" }] } } as never;

  test("are its arguments with secrets and files, and a call whose signal has its grace", async () => {
    let call: TrainCall | undefined;
    const { work, jobs } = begin({
      claims: [{ private: args }],
      train(_job, given) {
        call = given;
        return ok;
      },
    });
    await work;
    expect(jobs[0]?.args).toEqual({ x: 1, key: "s", one: "file a", many: ["file b", "file c"] });
    expect(call?.graceMs).toBe(123);
    expect(jobs[0]?.caller).toBeUndefined();
  });

  test("is the newest checkpoint that can be read and has the model's version", async () => {
    const checkpoints = [
      { step: 1, version: "2", data: { seen: 1 } },
      { step: 2, version: "2", blob: { id: "w" } },
      { step: 3, version: "2", blob: { id: "missing" } },
      { step: 4, version: "1" },
      { step: 5 },
    ] as never;
    const { work, jobs, facts, logged } = begin({ claims: [{ checkpoints }], version: 2 });
    await work;
    expect(jobs[0]?.resumeFrom).toStrictEqual({ step: 2, file: "file w" });
    expect(facts().slice(0, -1)).toEqual([
      {
        type: "log",
        level: "warning",
        text: expect.stringContaining("step 5 is not used: its model had version none, and now has 2"),
      },
      { type: "log", level: "warning", text: expect.stringContaining("step 4 is not used: its model had version 1") },
      { type: "log", level: "error", text: "The checkpoint of step 3 cannot be read." },
    ]);
    expect(logged).toMatchObject([{ level: "error", fields: { runId: "r", step: 3 } }]);
    const plain = begin({ claims: [{ checkpoints: [{ step: 1, data: { seen: 1 } }] as never }] });
    await plain.work;
    expect(plain.jobs[0]?.resumeFrom).toStrictEqual({ step: 1, data: { seen: 1 } });
  });
});

describe("a run whose worker has to start", () => {
  test("says so in its log, and gives the worker back", async () => {
    let freed = 0;
    const prepare = async (_signal: AbortSignal, onWait: () => Promise<void>) => {
      await onWait();
      return () => void freed++;
    };
    const { work, facts } = begin({ prepare });
    await work;
    expect(facts()[0]).toEqual({ type: "log", level: "info", text: "A worker is starting for this training." });
    expect([facts().at(-1)?.type, freed]).toEqual(["succeeded", 1]);
    const full = begin({ prepare, onAppend: (index) => (index === 0 ? new Error("disk full") : "kept") });
    await full.work;
    expect([full.types(), freed]).toEqual([["succeeded"], 2]);
    expect(full.logged).toMatchObject([{ level: "warn", fields: { runId: "r", err: { message: "disk full" } } }]);
  });

  test("is not claimed if it is stopped meanwhile", async () => {
    let freed = 0;
    const { work, jobs, stop, appends } = begin({
      prepare: (signal) =>
        new Promise((resolve) => signal.addEventListener("abort", () => resolve(() => void freed++), { once: true })),
    });
    await turn();
    stop.abort();
    await work;
    expect([jobs, appends, freed]).toEqual([[], [], 1]);
  });
});

describe("code that is replaced between the claim and the training", () => {
  test("trains with checkpoints, version and arguments of the new code", async () => {
    const codes = ["1", "2"].map((version) => ({
      description: { metadata: { version }, resume: "auto" } as never,
      trainArgs: () => ({ validatedBy: version }),
      counts: { reports: 0 },
    }));
    let served = 0;
    const checkpoints = [
      { step: 1, version: "2", data: "of 2" },
      { step: 2, version: "1", blob: { id: "replaces" } },
    ];
    const { work, jobs } = begin({
      claims: [{ checkpoints: checkpoints as never }],
      served: () => codes[served] as (typeof codes)[number],
      onFile: () => {
        served = 1;
      },
    });
    await work;
    expect(jobs).toMatchObject([{ args: { validatedBy: "2" }, resumeFrom: { step: 1, data: "of 2" } }]);
  });
});
