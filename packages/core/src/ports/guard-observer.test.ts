import { expect, test } from "vitest";
import { silentLogger } from "../contract/logger.ts";
import { guardModelObserver, guardObserver } from "./guard-observer.ts";
import type { AdapterObserver, ModelObserver, ObservedRequest, RequestEnd } from "./observer.ts";

const request: ObservedRequest = {
  adapter: "ws",
  requestId: "q",
  traceparent: "a",
  method: undefined,
  path: undefined,
};
const end = { status: 200 } as RequestEnd;

function guarded(...observers: readonly AdapterObserver[]) {
  const errors: object[] = [];
  const logger = { ...silentLogger, error: (fields: object) => void errors.push(fields) };
  return { observer: guardObserver(observers, ["request"], logger), errors };
}

test("without hooks there is no observer", () => {
  expect(guarded().observer).toBeUndefined();
  expect(guarded({}, {}).observer).toBeUndefined();
  expect(guardObserver(undefined, [], silentLogger)).toBeUndefined();
});

test("a hook, and an end, that throw are logged, and change nothing", () => {
  const failing = new Error("in a hook");
  const fail = () => {
    throw failing;
  };
  const { observer, errors } = guarded({ request: fail }, { request: () => ({ traceparent: "b", end: fail }) });
  const observed = observer?.request?.(request);
  expect(observed?.traceparent).toBe("b");
  observed?.end?.(end);
  expect(errors).toEqual([
    { err: failing, hook: "request" },
    { err: failing, hook: "request" },
  ]);
});

test("a hook gets the span of the one before it, and the ends are called in reverse order", () => {
  const seen: unknown[] = [];
  const named = (name: string, traceparent?: string): AdapterObserver => ({
    request: (told) => {
      seen.push([name, told.traceparent]);
      return { traceparent, end: ({ status }) => void seen.push([name, status]) };
    },
  });
  const { observer } = guarded(named("one", "b"), { request: () => undefined }, named("two"), named("three", "c"));
  const observed = observer?.request?.(request);
  expect(observed?.traceparent).toBe("c");
  observed?.end?.(end);
  expect(seen).toEqual([
    ["one", "a"],
    ["two", "b"],
    ["three", "b"],
    ["three", 200],
    ["two", 200],
    ["one", 200],
  ]);
});

test("an observer keeps its this", () => {
  class Counting implements AdapterObserver {
    count = 0;
    request() {
      this.count++;
      return undefined;
    }
  }
  const counting = new Counting();
  guarded(counting).observer?.request?.(request);
  expect(counting.count).toBe(1);
});

test("a model observer that fails before it calls the model is logged, and the model is called once", () => {
  const errors: object[] = [];
  const logger = { ...silentLogger, error: (fields: object) => void errors.push(fields) };
  const about = { model: "m", method: "predict", requestId: "q", runId: undefined, traceparent: undefined } as const;
  const observed = (call: ModelObserver["call"], work: () => unknown) =>
    guardModelObserver({ call } as ModelObserver, logger)?.(about, work);
  const failing = new Error("in a hook");
  let calls = 0;
  const answer = observed(
    () => {
      throw failing;
    },
    () => ++calls,
  );
  expect([answer, calls, errors]).toEqual([1, 1, [{ err: failing, hook: "call" }]]);
  const ofModel = () => {
    calls++;
    throw failing;
  };
  expect(() => observed((_about, work) => work(), ofModel)).toThrow(failing);
  expect([calls, errors.length]).toEqual([2, 1]);
  expect(guardModelObserver({}, logger)).toBeUndefined();
});
