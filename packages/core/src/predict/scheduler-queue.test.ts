// Queues, slots and batches of the scheduler, on an executor whose calls the test ends. Through a host: scheduler.test.ts.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DeepaasError } from "../contract/error.ts";
import type { CallOptions } from "../contract/model-service.ts";
import type { Outcome } from "../ports/executor.ts";
import type { HostObserver } from "../ports/observer.ts";
import { schedulerOn } from "../testing/scheduler-on.ts";
import { CallScope } from "./call-scope.ts";
import type { Lane } from "./scheduler.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const ok = (value: unknown): Outcome => ({ ok: true, value });
const failed = (code: "internal" | "worker_lost" | "overloaded" | "unavailable" | "cancelled" | "deadline_exceeded") =>
  ({ ok: false, error: { code, message: "No." } }) as const satisfies Outcome;

const turn = () => new Promise(setImmediate);
const call = (options: CallOptions = {}) => new CallScope(options);

describe("slots", () => {
  test("hold no more executions than the executor has, of all models together", async () => {
    const { scheduler, lane, executions } = schedulerOn(2);
    const [a, b] = [lane({ model: "a" }), lane({ model: "b" })];
    for (const one of [a, b, a, b]) void scheduler.predict(one, {}, call());
    expect(executions.map(({ model }) => model)).toEqual(["a", "b"]);
    executions[0]?.end();
    await turn();
    expect(executions).toHaveLength(3);
    executions[1]?.end();
    await turn();
    expect(executions).toHaveLength(4);
    expect([a.waiting.size, b.waiting.size]).toEqual([0, 0]);
  });

  test("are used in turn: no model is served twice while another waits", async () => {
    const { scheduler, lane, executions } = schedulerOn(1);
    const [a, b, c] = [lane({ model: "a" }), lane({ model: "b" }), lane({ model: "c" })];
    for (const one of [a, a, a, b, b, c]) void scheduler.predict(one, {}, call());
    for (let i = 0; i < 6; i++) {
      executions[i]?.end();
      await turn();
    }
    expect(executions.map(({ model }) => model).join("")).toBe("abcaba");
  });

  test("of a model hold no more than its concurrency; another model goes on", async () => {
    const { scheduler, lane, executions, started } = schedulerOn(10);
    const [a, b] = [lane({ model: "a", concurrency: 1 }), lane({ model: "b", concurrency: 2 })];
    for (const one of [a, a, b, b, b]) void scheduler.predict(one, {}, call());
    expect(started()).toEqual(["a 1", "b 1", "b 1"]);
    expect([a.running, b.running]).toEqual([1, 2]);
    executions[0]?.end();
    await turn();
    expect(started()).toEqual(["a 1", "b 1", "b 1", "a 1"]);
    for (const one of executions) one.end();
    await turn();
    for (const one of executions) one.end();
    await turn();
    expect([executions.length, a.running, b.running]).toEqual([5, 0, 0]);
  });

  test("without a bound are not counted, and no call waits", async () => {
    const events: object[] = [];
    const { scheduler, lane, executions } = schedulerOn(Number.POSITIVE_INFINITY, {
      wait: (one) => void events.push(one),
      execute: ({ size }) => ({ end: ({ failed }) => void events.push({ size, failed }) }),
    });
    const free = lane();
    const outcome = scheduler.predict(free, { x: 1 }, call());
    expect([executions.length, free.running, events]).toEqual([1, 0, []]);
    executions[0]?.end(ok(2));
    expect(await outcome).toEqual(ok(2));
    expect(events).toEqual([{ size: 1, failed: 0 }]);
    // One of both bounds is enough to be counted.
    const bound = lane({ concurrency: 1 });
    void scheduler.predict(bound, {}, call());
    expect(bound.running).toBe(1);
    const bounded = schedulerOn(1);
    const other = bounded.lane();
    void bounded.scheduler.predict(other, {}, call());
    expect(other.running).toBe(1);
  });
});

describe("a queue", () => {
  test("that is full refuses; one more fits after one has begun", async () => {
    const { scheduler, lane, executions } = schedulerOn(1);
    const one = lane({ queue: 1 });
    void scheduler.predict(one, {}, call());
    void scheduler.predict(one, {}, call());
    await expect(scheduler.predict(one, {}, call())).rejects.toMatchObject({ code: "overloaded" });
    await expect(scheduler.enter(one, call())).rejects.toMatchObject({ code: "overloaded" });
    executions[0]?.end();
    await turn();
    void scheduler.predict(one, {}, call());
    expect(one.waiting.size).toBe(1);
  });

  test("of 0 refuses only what could not begin at once", async () => {
    const { scheduler, lane, executions } = schedulerOn(1);
    const one = lane({ queue: 0 });
    void scheduler.predict(one, {}, call());
    expect(executions).toHaveLength(1);
    await expect(scheduler.predict(one, {}, call())).rejects.toMatchObject({ code: "overloaded" });
  });

  test("tells its observer when a call begins and ends to wait", async () => {
    const seen: string[] = [];
    const wait: HostObserver["wait"] = ({ model, traceparent }) => {
      seen.push(`${model} waits in ${traceparent}`);
      return { end: ({ error }) => void seen.push(`${traceparent} waited, ${error ?? "ok"}`) };
    };
    const { scheduler, lane, executions } = schedulerOn(1, { wait });
    const one = lane();
    const leaving = call({ traceparent: "b" });
    void scheduler.predict(one, {}, call({ traceparent: "a" }));
    void scheduler.predict(one, {}, leaving);
    leaving.end(new DeepaasError("cancelled", "Gone."));
    executions[0]?.end();
    await turn();
    expect(seen).toEqual(["m waits in a", "a waited, ok", "m waits in b", "b waited, cancelled"]);
    expect(executions).toHaveLength(1);
  });

  test("an execution is within the span of its observer", async () => {
    const ends: object[] = [];
    const execute: HostObserver["execute"] = ({ traceparent, size }) => ({
      traceparent: `${traceparent} in ${size}`,
      end: (end) => void ends.push(end),
    });
    const { scheduler, lane, executions } = schedulerOn(1, { execute });
    const outcome = scheduler.predict(lane(), {}, call({ traceparent: "a" }));
    expect(executions[0]?.call.traceparent).toBe("a in 1");
    executions[0]?.end(failed("internal"));
    expect(await outcome).toEqual(failed("internal"));
    expect(ends).toEqual([{ failed: 1, retried: false }]);
  });

  test("has no need of an observer, nor of one that asks for everything", async () => {
    for (const observer of [undefined, {}]) {
      const { scheduler, lane, executions } = schedulerOn(1, observer);
      const outcome = scheduler.predict(lane({ maxBatch: 2 }), {}, call());
      executions[0]?.end();
      expect(await outcome).toEqual(ok("done"));
    }
  });
});

describe("retryAfterMs", () => {
  /** Returns `retryAfterMs` of a call that is refused while `waiting` calls wait and each execution takes `ms`. */
  async function retryAfter({
    waiting = 10,
    ms = [1_000],
    slots = 1,
    ...options
  }: Partial<Omit<Lane, "waiting">> & { waiting?: number; ms?: number[]; slots?: number }) {
    const { scheduler, lane, executions } = schedulerOn(slots);
    const one = lane({ queue: waiting, ...options });
    for (const duration of ms) {
      const outcome = scheduler.predict(one, {}, call());
      vi.advanceTimersByTime(duration);
      executions.at(-1)?.end();
      await outcome;
      await turn();
    }
    const parallel = Math.min(one.concurrency, slots);
    for (let i = 0; i < parallel + waiting; i++) void scheduler.predict(one, {}, call());
    expect(one.waiting.size).toBe(waiting);
    const error = await scheduler.predict(one, {}, call()).then(
      () => undefined,
      (reason: unknown) => reason as DeepaasError,
    );
    return error?.retryAfterMs;
  }

  test.each([
    ["the time of the queue", {}, 10_000],
    ["less with more slots", { slots: 2 }, 5_000],
    ["not less than the model's concurrency allows", { slots: 4, concurrency: 2 }, 5_000],
    ["less with batches", { maxBatch: 5 }, 2_000],
    ["at least 100 ms", { ms: [1] }, 100],
    ["at most a minute", { ms: [600_000] }, 60_000],
    ["a whole number", { ms: [111.11], waiting: 3 }, 334],
    ["of an average that follows slowly", { ms: [1_000, 2_000] }, 11_000],
  ])("is %s", async (_name, options, expected) => {
    expect(await retryAfter(options)).toBe(expected);
  });
});

describe("a stream", () => {
  test("holds its slot until it leaves", async () => {
    const { scheduler, lane, executions } = schedulerOn(1);
    const one = lane();
    const leave = await scheduler.enter(one, call());
    void scheduler.predict(one, {}, call());
    expect([executions.length, one.running]).toEqual([0, 1]);
    leave(false);
    expect([executions.length, one.running]).toEqual([1, 1]);
  });

  test("behind predicts of a batching model begins, and ends the batch before it", async () => {
    const { scheduler, lane, executions, started } = schedulerOn(1);
    const one = lane({ maxBatch: 8 });
    const predict = () => void scheduler.predict(one, {}, call());
    predict();
    predict();
    predict();
    let leave: ((failed: boolean) => void) | undefined;
    void scheduler.enter(one, call()).then((given) => (leave = given));
    predict();
    executions[0]?.end();
    await turn();
    expect([started(), leave]).toEqual([["m 1", "m 2"], undefined]);
    executions[1]?.end();
    await turn();
    expect([started(), one.running, typeof leave]).toEqual([["m 1", "m 2"], 1, "function"]);
    leave?.(false);
    expect([started(), one.waiting.size]).toEqual([["m 1", "m 2", "m 1"], 0]);
  });

  test("before predicts begins alone", async () => {
    const { scheduler, lane, executions, started } = schedulerOn(1);
    const one = lane({ maxBatch: 8 });
    void scheduler.predict(one, {}, call());
    const entered = scheduler.enter(one, call());
    for (let i = 0; i < 2; i++) void scheduler.predict(one, {}, call());
    executions[0]?.end();
    const leave = await entered;
    expect(started()).toEqual(["m 1"]);
    leave(false);
    expect(started()).toEqual(["m 1", "m 2"]);
  });

  test("whose caller leaves the queue never begins", async () => {
    const { scheduler, lane, executions } = schedulerOn(1);
    const one = lane();
    const waits = call();
    void scheduler.predict(one, {}, call());
    let entered = false;
    void scheduler.enter(one, waits).then(() => (entered = true));
    waits.end(new DeepaasError("cancelled", "Gone."));
    executions[0]?.end();
    await turn();
    expect([entered, one.running, one.waiting.size]).toEqual([false, 0, 0]);
  });
});

describe("a batch", () => {
  /** A batch of the calls after the first, which has ended. */
  async function batchOf(size: number, observer?: HostObserver) {
    const given = schedulerOn(1, observer);
    const one = given.lane({ maxBatch: 8 });
    void given.scheduler.predict(one, { n: 0 }, call());
    const calls = Array.from({ length: size }, () => call());
    const outcomes = calls.map((each, i) => given.scheduler.predict(one, { n: i + 1 }, each));
    given.executions[0]?.end();
    await turn();
    return { ...given, one, calls, outcomes };
  }

  test("has at most maxBatch calls, in order, and each gets its outcome", async () => {
    const { executions, outcomes, started } = await batchOf(10);
    expect(started()).toEqual(["m 1", "m 8"]);
    expect(executions[1]?.args.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    executions[1]?.end([1, 2, 3, 4, 5, 6, 7, 8].map(ok));
    await turn();
    executions[2]?.end([9, 10].map(ok));
    expect(await Promise.all(outcomes)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(ok));
  });

  test("of one call is the call itself, and is not tried again", async () => {
    const { executions, outcomes, calls } = await batchOf(1);
    expect([executions[1]?.batch, executions[1]?.call]).toEqual([true, calls[0]]);
    executions[1]?.end(failed("internal"));
    expect(await Promise.all(outcomes)).toEqual([failed("internal")]);
    expect(executions).toHaveLength(2);
  });

  test("of several is aborted when all its callers have left", async () => {
    const { executions, calls } = await batchOf(2);
    const signal = executions[1]?.call.signal;
    calls[0]?.end(new DeepaasError("cancelled", "Gone."));
    expect(signal?.aborted).toBe(false);
    calls[1]?.end(new DeepaasError("cancelled", "Gone."));
    expect(signal?.aborted).toBe(true);
  });

  test("that fails as a whole is tried again item by item, except for callers that have left", async () => {
    const told: object[] = [];
    const observer: HostObserver = {
      execute: ({ size }) => ({ end: (end) => void told.push({ size, ...end }) }),
    };
    const { executions, outcomes, calls, started } = await batchOf(3, observer);
    calls[1]?.end(new DeepaasError("cancelled", "Gone."));
    executions[1]?.end(failed("internal"));
    await turn();
    executions[2]?.end(ok("first"));
    await turn();
    executions[3]?.end(failed("internal"));
    expect(await Promise.all(outcomes)).toEqual([ok("first"), failed("internal"), failed("internal")]);
    expect(started()).toEqual(["m 1", "m 3", "m 1", "m 1"]);
    expect(executions.slice(2).map(({ args }) => args[0]?.n)).toEqual([1, 3]);
    expect(executions.slice(2).map((one) => [one.batch, one.call])).toEqual([
      [true, calls[0]],
      [true, calls[2]],
    ]);
    expect(told).toEqual([
      { size: 1, failed: 0, retried: false },
      { size: 3, failed: 3, retried: true },
    ]);
  });

  test("of which some failed is not tried again", async () => {
    const told: object[] = [];
    const observer: HostObserver = { execute: () => ({ end: (end) => void told.push(end) }) };
    const { executions, outcomes } = await batchOf(2, observer);
    executions[1]?.end([ok(1), failed("internal")]);
    expect(await Promise.all(outcomes)).toEqual([ok(1), failed("internal")]);
    expect(executions).toHaveLength(2);
    expect(told.at(-1)).toEqual({ failed: 1, retried: false });
  });

  test.each(["worker_lost", "overloaded", "unavailable", "cancelled", "deadline_exceeded"] as const)(
    "that fails with %s is not tried again",
    async (code) => {
      const { executions, outcomes } = await batchOf(2);
      executions[1]?.end(failed(code));
      expect(await Promise.all(outcomes)).toEqual([failed(code), failed(code)]);
      expect(executions).toHaveLength(2);
    },
  );

  test("whose executor throws fails each call, and frees its slot", async () => {
    const { executions, outcomes, one, scheduler } = await batchOf(2);
    executions[1]?.end(new Error("secret"));
    const message = "The model could not be called. See the server's log.";
    const outcome = { ok: false, error: { code: "internal", message } };
    expect(await Promise.all(outcomes)).toEqual([outcome, outcome]);
    await turn();
    expect(one.running).toBe(0);
    const next = scheduler.predict(one, {}, call());
    executions[2]?.end(new DeepaasError("worker_lost", "It died.", { retryAfterMs: 5 }));
    expect(await next).toEqual({ ok: false, error: { code: "worker_lost", message: "It died.", retryAfterMs: 5 } });
  });

  test("is not made of calls of a model without batches", async () => {
    const { scheduler, lane, executions } = schedulerOn(1);
    const one = lane({ maxBatch: 1 });
    for (let n = 0; n < 3; n++) void scheduler.predict(one, { n }, call());
    executions[0]?.end();
    await turn();
    expect(executions.map(({ batch, args }) => [batch, args.length])).toEqual([
      [false, 1],
      [false, 1],
    ]);
  });
});
