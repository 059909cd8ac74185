// How calls end that are aborted, lost or not read to their end: timers, listeners and files, on a clock that the test moves.
import { getEventListeners } from "node:events";
import { DeepaasError } from "@deepaas/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { predictOn, reloadOn, sendOrFail, streamOn } from "./calls.ts";
import type { FromWorker } from "./messages.ts";
import { type RecordingWorker, recordingWorker } from "./testing/recording-worker.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const turn = () => new Promise(setImmediate);
const done = { ok: true, value: 1 } as const;
const outcome: FromWorker = { type: "outcome", id: 1, outcome: done, version: 0 };
const item = (value: unknown): FromWorker => ({ type: "item", id: 1, outcome: { ok: true, value }, version: 0 });
const end: FromWorker = { type: "end", id: 1 };
const lost = { code: "worker_lost", message: "The worker was lost: killed by SIGKILL." } as const;
const notOk = { ok: false, error: lost };
const request = (signal: AbortSignal) => ({
  model: "m",
  args: {},
  call: { requestId: "r", signal, caller: undefined, traceparent: undefined },
});

/** Options of a call, and the files that were deleted. */
function callOptions(signal?: AbortSignal, graceMs = 100) {
  const deleted: string[] = [];
  const folder = { delete: (paths: readonly string[]) => void deleted.push(...paths) };
  return { deleted, options: { folder: folder as never, graceMs, ...(signal && { signal }) } };
}

function predict(given: RecordingWorker, leave: AbortController, graceMs?: number) {
  const { options, deleted } = callOptions(leave.signal, graceMs);
  return { call: predictOn(given.worker, request(leave.signal), options), deleted };
}

describe("an abort", () => {
  test("is forwarded; a call that stops in time leaves its worker, a timer and no listener", async () => {
    const given = recordingWorker();
    const leave = new AbortController();
    const { call } = predict(given, leave);
    expect(getEventListeners(leave.signal, "abort")).toHaveLength(1);
    leave.abort(new DeepaasError("deadline_exceeded", "Too long."));
    expect(given.sent[1]).toEqual({ type: "abort", id: 1, error: { code: "deadline_exceeded", message: "Too long." } });
    await vi.advanceTimersByTimeAsync(99);
    given.answer(outcome);
    expect(await call).toMatchObject(done);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([given.killed, given.callCount()]).toEqual([[], 0]);
  });

  test("kills the worker of a call that does not stop within graceMs", async () => {
    const given = recordingWorker();
    const leave = new AbortController();
    const { call } = predict(given, leave);
    leave.abort();
    await vi.advanceTimersByTimeAsync(99);
    expect(given.killed).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(given.killed).toEqual(["a call did not stop within 100 ms after its abort"]);
    given.lose(lost);
    expect(await call).toEqual(notOk);
  });

  test("before the call was sent is forwarded right after it", async () => {
    const given = recordingWorker();
    const leave = new AbortController();
    leave.abort();
    const { call } = predict(given, leave);
    expect(given.sent.map(({ type }) => type)).toEqual(["predict", "abort"]);
    given.answer(outcome);
    await call;
  });

  test("after the answer is not forwarded: no listener is left", async () => {
    const given = recordingWorker();
    const leave = new AbortController();
    const { call } = predict(given, leave);
    given.answer(outcome);
    await call;
    expect(getEventListeners(leave.signal, "abort")).toHaveLength(0);
    leave.abort();
    expect(given.sent).toHaveLength(1);
  });

  test("with a very long graceMs does not kill at once", async () => {
    const given = recordingWorker();
    const leave = new AbortController();
    const { call } = predict(given, leave, 2 ** 40);
    leave.abort();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(given.killed).toEqual([]);
    given.answer(outcome);
    await call;
  });

  test("cannot come without a signal", async () => {
    const given = recordingWorker();
    const call = predictOn(given.worker, request(new AbortController().signal), callOptions().options);
    given.answer(outcome);
    expect(await call).toMatchObject(done);
  });
});

describe("files of a message", () => {
  test("are deleted when the call is answered, not earlier", async () => {
    const given = recordingWorker(() => ["/a", "/b"]);
    const { call, deleted } = predict(given, new AbortController());
    await turn();
    expect(deleted).toEqual([]);
    given.answer(outcome);
    await call;
    expect(deleted).toEqual(["/a", "/b"]);
  });

  test("that are written after the answer are deleted, and nothing watches any more", async () => {
    const written = Promise.withResolvers<readonly string[]>();
    const given = recordingWorker(() => written.promise);
    const leave = new AbortController();
    const { call, deleted } = predict(given, leave);
    given.lose(lost);
    expect(await call).toEqual(notOk);
    written.resolve(["/a"]);
    await turn();
    expect([deleted, getEventListeners(leave.signal, "abort").length]).toEqual([["/a"], 0]);
  });

  test("none: nothing is deleted", async () => {
    const given = recordingWorker();
    const { options } = callOptions();
    let asked = 0;
    const folder = { delete: () => asked++ } as never;
    const call = predictOn(given.worker, request(new AbortController().signal), { ...options, folder });
    given.answer(outcome);
    await call;
    expect(asked).toBe(0);
  });

  test("of a stream are deleted at its end", async () => {
    const given = recordingWorker(async () => ["/a"]);
    const { options, deleted } = callOptions();
    const stream = streamOn(given.worker, request(new AbortController().signal), options);
    const first = stream.next();
    await turn();
    given.answer(item(1));
    await first;
    expect(deleted).toEqual([]);
    const second = stream.next();
    given.answer(end);
    expect(await second).toEqual({ done: true, value: undefined });
    expect([deleted, given.callCount()]).toEqual([["/a"], 0]);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("disk full");
      },
    ],
    ["rejects", () => Promise.reject(new Error("disk full"))],
  ])("that cannot be written make the call invalid: send %s", async (_name, send) => {
    const given = recordingWorker(send);
    const { call } = predict(given, new AbortController());
    const message = "The arguments cannot be sent: disk full";
    expect(await call).toMatchObject({ ok: false, error: { code: "invalid_args", message } });
    expect(given.callCount()).toBe(0);
    const answers: object[] = [];
    const paths = await sendOrFail(given.worker, { type: "close" }, (answer) => answers.push(answer));
    expect([paths, answers]).toMatchObject([[], [{ type: "lost" }]]);
  });
});

describe("a reload", () => {
  const reload = (given: RecordingWorker) =>
    reloadOn(given.worker, { model: "m", weights: undefined, timeoutMs: 300 }, callOptions().options);

  test("that is answered leaves no timer that kills its worker later", async () => {
    const given = recordingWorker();
    const loading = reload(given);
    await vi.advanceTimersByTimeAsync(299);
    given.answer(outcome);
    await loading;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(given.killed).toEqual([]);
  });

  test("that takes too long kills its worker", async () => {
    const given = recordingWorker();
    const loading = reload(given);
    loading.catch(() => {});
    await vi.advanceTimersByTimeAsync(300);
    expect(given.killed).toEqual(["new weights not loaded within 300 ms"]);
    given.lose(lost);
    await expect(loading).rejects.toThrow(lost.message);
  });

  test("that answers without a version rejects", async () => {
    const given = recordingWorker();
    const loading = reload(given);
    given.answer({ ...end, type: "outcome", outcome: done } as FromWorker);
    await expect(loading).rejects.toThrow("version undefined");
    const other = reload(given);
    given.answer({ type: "outcome", id: 1, outcome: { ok: false, error: lost }, version: 0 });
    await expect(other).rejects.toThrow(lost.message);
  });
});

describe("a stream", () => {
  function open(send?: Parameters<typeof recordingWorker>[0]) {
    const given = recordingWorker(send);
    const leave = new AbortController();
    const { options, deleted } = callOptions(leave.signal);
    return { ...given, leave, deleted, stream: streamOn(given.worker, request(leave.signal), options) };
  }
  const types = ({ sent }: Pick<RecordingWorker, "sent">) => sent.map(({ type }) => type);

  test("asks for each item when it is wanted", async () => {
    const given = open();
    const first = given.stream.next();
    await turn();
    expect(types(given)).toEqual(["stream", "next"]);
    given.answer(item("a"));
    expect(await first).toMatchObject({ done: false, value: { ok: true, value: "a" } });
    await turn();
    expect(types(given)).toEqual(["stream", "next"]);
    const second = given.stream.next();
    await turn();
    expect(types(given)).toEqual(["stream", "next", "next"]);
    given.answer(end);
    expect((await second).done).toBe(true);
    expect([types(given), given.callCount()]).toEqual([["stream", "next", "next"], 0]);
    expect(getEventListeners(given.leave.signal, "abort")).toHaveLength(0);
  });

  test("whose worker is lost while an item is waited for ends with the loss", async () => {
    const given = open();
    const first = given.stream.next();
    await turn();
    given.lose(lost);
    expect(await first).toEqual({ done: false, value: notOk });
    expect((await given.stream.next()).done).toBe(true);
    expect([types(given), given.callCount()]).toEqual([["stream", "next"], 0]);
  });

  test("whose worker is lost while its reader has an item does not look complete", async () => {
    const given = open();
    const first = given.stream.next();
    await turn();
    given.answer(item("a"));
    await first;
    given.lose(lost);
    expect(await given.stream.next()).toEqual({ done: false, value: notOk });
    expect((await given.stream.next()).done).toBe(true);
    expect(types(given)).toEqual(["stream", "next"]);
  });

  test("whose worker is lost right after an item returns both", async () => {
    const given = open();
    const first = given.stream.next();
    await turn();
    given.answer(item("a"));
    given.lose(lost);
    expect((await first).value).toMatchObject({ ok: true, value: "a" });
    expect((await given.stream.next()).value).toEqual(notOk);
  });

  test("that fails returns its failure and waits for its end", async () => {
    const given = open();
    const first = given.stream.next();
    await turn();
    given.answer({ type: "item", id: 1, outcome: { ok: false, error: lost }, version: 0 });
    expect((await first).value).toMatchObject(notOk);
    const after = given.stream.next();
    await turn();
    given.answer(end);
    expect((await after).done).toBe(true);
    expect([types(given), given.callCount()]).toEqual([["stream", "next", "return"], 0]);
  });

  test("that is not read to its end is returned, also while an item is under way", async () => {
    const given = open();
    const first = given.stream.next();
    await turn();
    given.answer(item("a"));
    await first;
    let over = false;
    const returned = given.stream.return().then(() => {
      over = true;
    });
    await turn();
    expect(types(given)).toEqual(["stream", "next", "return"]);
    given.answer(item("late"));
    await turn();
    given.answer(item("later"));
    await turn();
    expect([over, given.callCount()]).toEqual([false, 1]);
    given.answer(end);
    await returned;
    expect([given.killed, given.callCount()]).toEqual([[], 0]);
    expect(getEventListeners(given.leave.signal, "abort")).toHaveLength(0);
  });

  test("that does not end when it is returned kills its worker after graceMs", async () => {
    const given = open();
    const first = given.stream.next();
    await turn();
    given.answer(item("a"));
    await first;
    const returned = given.stream.return();
    await turn();
    // Only one clock runs for it.
    given.leave.abort();
    expect([types(given), vi.getTimerCount()]).toEqual([["stream", "next", "return"], 1]);
    await vi.advanceTimersByTimeAsync(99);
    expect(given.killed).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(given.killed).toEqual(["a call did not stop within 100 ms after its abort"]);
    given.lose(lost);
    await returned;
    expect(given.callCount()).toBe(0);
  });

  test("that is aborted is ended by its worker, or with it", async () => {
    const given = open();
    const first = given.stream.next();
    await turn();
    given.leave.abort();
    expect(types(given)).toEqual(["stream", "next", "abort"]);
    await vi.advanceTimersByTimeAsync(100);
    expect(given.killed).toHaveLength(1);
    given.lose(lost);
    expect((await first).value).toMatchObject(notOk);
    await given.stream.next();
    expect(getEventListeners(given.leave.signal, "abort")).toHaveLength(0);
  });

  test("whose arguments cannot be sent is invalid", async () => {
    const given = open(() => Promise.reject(new Error("disk full")));
    expect((await given.stream.next()).value).toMatchObject({ ok: false, error: { code: "invalid_args" } });
    expect((await given.stream.next()).done).toBe(true);
    expect(given.callCount()).toBe(0);
  });
});
