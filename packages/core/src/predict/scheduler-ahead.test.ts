// Predicts that an executor takes although its slots are in use.
import { describe, expect, test } from "vitest";
import { schedulerOn } from "../testing/scheduler-on.ts";
import { CallScope } from "./call-scope.ts";
import type { Lane } from "./scheduler.ts";

const turn = () => new Promise(setImmediate);
const call = () => new CallScope({});

describe("calls ahead of the slots", () => {
  const filled = (options: Partial<Lane> = {}) => {
    const parts = schedulerOn(1, undefined, () => parts.executions.length < 3);
    const lane = parts.lane({ model: "a", concurrency: 1, ...options });
    for (let i = 0; i < 5; i++) void parts.scheduler.predict(lane, {}, call());
    return { ...parts, lane };
  };

  test("start as long as the executor takes them; the others wait", () => {
    const { executions, lane } = filled();
    expect(executions).toHaveLength(3);
    expect(lane.waiting.size).toBe(2);
  });

  test("start none of a model with batches, and none beyond a concurrency below the slots", () => {
    expect(filled({ maxBatch: 8 }).executions).toHaveLength(1);
    const { scheduler, lane, executions } = schedulerOn(2, undefined, () => true);
    const bounded = lane({ concurrency: 1 });
    for (let i = 0; i < 3; i++) void scheduler.predict(bounded, {}, call());
    expect(executions).toHaveLength(1);
  });

  test("start no stream", () => {
    const { scheduler, lane } = schedulerOn(1, undefined, () => true);
    const one = lane({ concurrency: 1 });
    void scheduler.predict(one, {}, call());
    void scheduler.enter(one, call());
    expect(one.waiting.size).toBe(1);
  });

  test("wait while a call of another model waits, which gets the next slot", async () => {
    const bound = schedulerOn(1, undefined, (model) => model === "a");
    const [quick, other] = [bound.lane({ model: "a", concurrency: 1 }), bound.lane({ model: "b", concurrency: 1 })];
    void bound.scheduler.predict(quick, {}, call());
    void bound.scheduler.predict(other, {}, call());
    for (let i = 0; i < 3; i++) void bound.scheduler.predict(quick, {}, call());
    expect(bound.started()).toEqual(["a 1"]);
    bound.executions[0]?.end();
    await turn();
    expect(bound.started().slice(0, 2)).toEqual(["a 1", "b 1"]);
  });
});
