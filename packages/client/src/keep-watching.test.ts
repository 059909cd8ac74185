// Delays, cursors and listeners, on a clock that the test moves. Real lost connections: test/keep-watching.test.ts.
import { getEventListeners } from "node:events";
import { DeepaasError, type ModelService, type RunEvent } from "@deepaas/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepWatching } from "./keep-watching.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

type Step = RunEvent | DeepaasError;

const progress = (seq: number): RunEvent => ({ seq, at: "2026-01-01T00:00:00.000Z", type: "progress" }) as RunEvent;
const succeeded = (seq: number): RunEvent =>
  ({ seq, at: "2026-01-01T00:00:00.000Z", type: "succeeded", result: null }) as RunEvent;
const lost = () => new DeepaasError("unavailable", "The connection dropped.");

/** A service whose watches do in turn what `watches` says: return an event, or reject. Records when each was begun. */
function serviceOf(watches: readonly (readonly Step[])[]) {
  const startedAt = Date.now();
  const begun: { readonly at: number; readonly after: number | undefined }[] = [];
  const given: object[] = [];
  let ended = 0;
  return {
    begun,
    given,
    ended: () => ended,
    async *watch(_id: string, options: Parameters<ModelService["watch"]>[1] = {}) {
      const steps = watches[begun.length];
      begun.push({ at: Date.now() - startedAt, after: options.after });
      given.push(options);
      try {
        for (const step of steps ?? []) {
          if (DeepaasError.is(step)) throw step;
          yield step;
        }
      } finally {
        ended++;
      }
    },
  };
}

/** The events of a watch, while the clock runs until it has ended. */
async function all(watch: AsyncIterable<RunEvent>): Promise<readonly number[]> {
  const events = Array.fromAsync(watch).then(
    (list) => list.map(({ seq }) => seq),
    (error: unknown) => Promise.reject(error as Error),
  );
  events.catch(() => {});
  await vi.runAllTimersAsync();
  return events;
}

test("the delay is doubled with each loss in a row, up to the largest", async () => {
  const service = serviceOf([[lost()], [lost()], [lost()], [lost()], [succeeded(1)]]);
  expect(await all(keepWatching(service, "r", { minDelayMs: 100, maxDelayMs: 400 }))).toEqual([1]);
  expect(service.begun.map(({ at }) => at)).toEqual([0, 100, 300, 700, 1_100]);
});

test("by default it is 200 ms at first and 10 s at most", async () => {
  const service = serviceOf([...Array.from({ length: 8 }, () => [lost()]), [succeeded(1)]]);
  await all(keepWatching(service, "r"));
  const delays = service.begun.slice(1).map(({ at }, i) => at - (service.begun[i]?.at ?? 0));
  expect(delays).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
});

test("an event starts the delays over", async () => {
  const service = serviceOf([[lost()], [lost()], [progress(1), lost()], [lost()], [succeeded(2)]]);
  expect(await all(keepWatching(service, "r", { minDelayMs: 100 }))).toEqual([1, 2]);
  expect(service.begun.map(({ at }) => at)).toEqual([0, 100, 300, 400, 600]);
});

test("jitter takes away up to half of the delay", async () => {
  vi.mocked(Math.random).mockReturnValue(0);
  const service = serviceOf([[lost()], [lost()], [succeeded(1)]]);
  await all(keepWatching(service, "r", { minDelayMs: 100 }));
  expect(service.begun.map(({ at }) => at)).toEqual([0, 50, 150]);
});

test("retryAfterMs is heard: no retry is earlier, whatever the largest delay", async () => {
  const busy = new DeepaasError("overloaded", "Too many.", { retryAfterMs: 5_000 });
  const soon = new DeepaasError("overloaded", "Too many.", { retryAfterMs: 10 });
  const service = serviceOf([[busy], [soon], [succeeded(1)]]);
  await all(keepWatching(service, "r", { minDelayMs: 100, maxDelayMs: 1_000 }));
  expect(service.begun.map(({ at }) => at)).toEqual([0, 5_000, 5_200]);
});

test("each watch goes on after the last event that was returned", async () => {
  const service = serviceOf([[lost()], [progress(1), progress(2), lost()], [lost()], [succeeded(3)]]);
  expect(await all(keepWatching(service, "r"))).toEqual([1, 2, 3]);
  expect(service.begun.map(({ after }) => after)).toEqual([undefined, undefined, 2, 2]);
  expect(service.given[0]).not.toHaveProperty("after");
});

test("a given cursor is where the first watch begins, also 0", async () => {
  for (const after of [0, 7]) {
    const service = serviceOf([[lost()], [succeeded(after + 1)]]);
    await all(keepWatching(service, "r", { after }));
    expect(service.begun.map((watch) => watch.after)).toEqual([after, after]);
  }
});

test("options of the call are passed on, those of the delays are not", async () => {
  const service = serviceOf([[succeeded(1)]]);
  const { signal } = new AbortController();
  await all(keepWatching(service, "r", { minDelayMs: 1, maxDelayMs: 2, signal, requestId: "q", timeoutMs: 9 }));
  expect(service.given).toEqual([{ signal, requestId: "q", timeoutMs: 9 }]);
});

test("a terminal event ends it, although the service would go on", async () => {
  const service = serviceOf([[progress(1), succeeded(2), progress(3)]]);
  expect(await all(keepWatching(service, "r"))).toEqual([1, 2]);
  expect([service.begun.length, service.ended()]).toEqual([1, 1]);
});

test("a watch that ends without a terminal event, because the log has no more, ends it", async () => {
  const service = serviceOf([[]]);
  expect(await all(keepWatching(service, "r", { after: 5 }))).toEqual([]);
  expect(service.begun).toHaveLength(1);
});

test.each(["not_found", "unauthenticated", "out_of_range", "cancelled", "internal"] as const)(
  "%s ends it",
  async (code) => {
    const service = serviceOf([[lost()], [new DeepaasError(code, "No.")], [succeeded(1)]]);
    await expect(all(keepWatching(service, "r"))).rejects.toMatchObject({ code });
    expect(service.begun).toHaveLength(2);
  },
);

test("an error that is not of the service ends it", async () => {
  const bug = Object.assign(new Error("bug"), { code: "unavailable" });
  const service = serviceOf([[bug as unknown as DeepaasError], [succeeded(1)]]);
  // It is no DeepaasError, so the service returns it as an event.
  const watch = async function* (): AsyncGenerator<RunEvent> {
    yield* [];
    throw bug;
  };
  await expect(all(keepWatching({ ...service, watch }, "r"))).rejects.toBe(bug);
});

test("a signal ends the delay at once, and leaves neither a timer nor a listener", async () => {
  const leave = new AbortController();
  const service = serviceOf([[lost()], [new DeepaasError("cancelled", "The caller cancelled the call.")]]);
  const watch = Array.fromAsync(keepWatching(service, "r", { minDelayMs: 60_000, signal: leave.signal }));
  watch.catch(() => {});
  await vi.advanceTimersByTimeAsync(1);
  expect([vi.getTimerCount(), getEventListeners(leave.signal, "abort").length]).toEqual([1, 1]);
  leave.abort();
  await expect(watch).rejects.toMatchObject({ code: "cancelled" });
  expect(service.begun.map(({ at }) => at)).toEqual([0, 1]);
  expect([vi.getTimerCount(), getEventListeners(leave.signal, "abort").length]).toEqual([0, 0]);
});

test("a signal that was aborted before the delay ends it at once", async () => {
  const leave = new AbortController();
  const service = serviceOf([[lost()], [new DeepaasError("cancelled", "The caller cancelled the call.")]]);
  const watch = keepWatching(service, "r", { minDelayMs: 60_000, signal: leave.signal }).next();
  watch.catch(() => {});
  leave.abort();
  await vi.advanceTimersByTimeAsync(0);
  await expect(watch).rejects.toMatchObject({ code: "cancelled" });
  expect([vi.getTimerCount(), getEventListeners(leave.signal, "abort").length]).toEqual([0, 0]);
});

test("many losses leave neither timers nor listeners on the caller's signal", async () => {
  const { signal } = new AbortController();
  const service = serviceOf([...Array.from({ length: 50 }, () => [lost()]), [succeeded(1)]]);
  await all(keepWatching(service, "r", { signal }));
  expect([vi.getTimerCount(), getEventListeners(signal, "abort").length]).toEqual([0, 0]);
});
