// The default timeout of predicts together with what a caller says.
import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { DeepaasError } from "../contract/error.ts";
import { createHost, type Host, type PredictContext } from "../index.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A host whose model answers when the test says so, with a default timeout of a second. */
async function open() {
  const answers: (() => void)[] = [];
  const signals: AbortSignal[] = [];
  const predict = (_args: object, { signal }: PredictContext) => {
    signals.push(signal);
    return new Promise((resolve) => answers.push(() => resolve("done")));
  };
  const host: Host = await createHost({ models: { m: { predict } }, limits: { predictTimeoutMs: 1_000, drainMs: 0 } });
  return { host, answers, signals, [Symbol.asyncDispose]: () => host.close({ drainMs: 0 }) };
}

function settled(call: Promise<unknown>) {
  const outcome: { code?: string } = {};
  call.then(
    () => Object.assign(outcome, { code: "ok" }),
    (error: DeepaasError) => Object.assign(outcome, { code: error.code }),
  );
  return outcome;
}
const turn = () => new Promise(setImmediate);

describe("the default timeout", () => {
  test.each([
    ["without options", {}],
    ["with a signal of the caller", { signal: new AbortController().signal }],
    ["with a request id", { requestId: "q" }],
  ])("ends a call %s", async (_name, options) => {
    await using opened = await open();
    const call = settled(opened.host.predict("m", {}, options));
    await turn();
    await vi.advanceTimersByTimeAsync(999);
    expect(call).toEqual({});
    await vi.advanceTimersByTimeAsync(1);
    expect([call.code, opened.signals[0]?.aborted]).toEqual(["deadline_exceeded", true]);
  });

  test("is replaced by that of the caller, shorter or longer", async () => {
    await using opened = await open();
    const [short, long] = [10, 5_000].map((timeoutMs) => settled(opened.host.predict("m", {}, { timeoutMs })));
    await turn();
    await vi.advanceTimersByTimeAsync(10);
    expect([short, long]).toEqual([{ code: "deadline_exceeded" }, {}]);
    await vi.advanceTimersByTimeAsync(4_989);
    expect(long).toEqual({});
    await vi.advanceTimersByTimeAsync(1);
    expect(long).toEqual({ code: "deadline_exceeded" });
  });

  test("leaves no timer and no listener of a call that was answered", async () => {
    await using opened = await open();
    const { signal } = new AbortController();
    const calls = [
      settled(opened.host.predict("m", {}, { signal })),
      settled(opened.host.predict("m", {}, { signal, timeoutMs: 5 })),
      settled(opened.host.predict("m", {})),
    ];
    await turn();
    expect([vi.getTimerCount(), getEventListeners(signal, "abort").length]).toEqual([3, 2]);
    for (const answer of opened.answers) answer();
    await turn();
    expect(calls).toEqual([{ code: "ok" }, { code: "ok" }, { code: "ok" }]);
    expect([vi.getTimerCount(), getEventListeners(signal, "abort").length]).toEqual([0, 0]);
  });
});
