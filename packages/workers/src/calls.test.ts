import { modelFile } from "@deepaas/core";
import { expect, test } from "vitest";
import { type CallOptions, predictBatchOn, predictOn, reloadOn, streamOn } from "./calls.ts";
import type { FromWorker } from "./messages.ts";
import { recordingWorker } from "./testing/recording-worker.ts";

const { signal } = new AbortController();
const options: CallOptions = { folder: { delete() {} } as unknown as CallOptions["folder"], graceMs: 0 };
const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const call = { requestId: "r", signal, caller: { id: "ann" }, traceparent };
const done = { ok: true, value: 1 } as const;

test("a predict and a stream carry request id, caller and traceparent", async () => {
  const { worker, sent, answer } = recordingWorker();
  const outcome = predictOn(worker, { model: "m", args: { a: 1 }, call }, options);
  answer({ type: "outcome", id: 1, outcome: done, version: 0 });
  expect(await outcome).toEqual({ ...done, version: 0 });
  const stream = streamOn(worker, { model: "m", args: { a: 1 }, call }, options);
  const first = stream.next();
  answer({ type: "end", id: 1 });
  expect(await first).toEqual({ done: true, value: undefined });
  const message = { id: 1, model: "m", requestId: "r", caller: { id: "ann" }, traceparent, args: { a: 1 } };
  expect(sent.slice(0, 2)).toEqual([
    { type: "predict", ...message },
    { type: "stream", ...message },
  ]);
});

test("a batch carries its callers in order, null for one who is not authenticated", async () => {
  const { worker, sent, answer } = recordingWorker();
  const { caller, ...rest } = call;
  const batch = { ...rest, callers: [caller, undefined, { id: "bob" }] };
  const outcomes = predictBatchOn(worker, { model: "m", argsList: [{}, {}, {}], call: batch }, options);
  answer({ type: "outcomes", id: 1, outcomes: [done, done, done], version: 0 });
  expect(await outcomes).toEqual(Array(3).fill({ ...done, version: 0 }));
  expect(sent).toMatchObject([{ type: "predictBatch", callers: [{ id: "ann" }, null, { id: "bob" }], traceparent }]);
});

const asAnswer = (answer: object) => answer as FromWorker;

test.each([
  ["of the wrong type", { type: "outcomes", outcomes: [] }],
  ["without an outcome", { type: "outcome" }],
  ["that is neither ok nor not ok", { type: "outcome", outcome: { value: 1 } }],
  ["without an error", { type: "outcome", outcome: { ok: false } }],
])("an answer %s is internal", async (_, message) => {
  const { worker, answer } = recordingWorker();
  const outcome = predictOn(worker, { model: "m", args: {}, call }, options);
  answer(asAnswer({ id: 1, version: 0, ...message }));
  expect(await outcome).toMatchObject({ ok: false, error: { code: "internal" } });
});

test("a batch with another number of outcomes is internal for each of its calls", async () => {
  for (const outcomes of [undefined, [done], [done, done, done]]) {
    const { worker, answer } = recordingWorker();
    const batch = { ...call, callers: [undefined, undefined] };
    const all = predictBatchOn(worker, { model: "m", argsList: [{}, {}], call: batch }, options);
    answer(asAnswer({ type: "outcomes", id: 1, version: 0, outcomes }));
    expect((await all).map((one) => one.ok || one.error.code)).toEqual(["internal", "internal"]);
  }
});

test.each([
  [undefined, null, 0],
  [3, { version: 3, file: expect.anything() }, 3],
])(
  "a reload to version %s rejects unless the worker answers with that version",
  async (version, sentWeights, loaded) => {
    const weights = version === undefined ? undefined : { version, file: modelFile(new Uint8Array()) };
    const reload = (answered: number) => {
      const { worker, sent, answer } = recordingWorker();
      const loading = reloadOn(worker, { model: "m", weights, timeoutMs: 1_000 }, options);
      answer({ type: "outcome", id: 1, outcome: done, version: answered });
      expect(sent).toEqual([{ type: "reload", id: 1, model: "m", weights: sentWeights }]);
      return loading;
    };
    await expect(reload(loaded)).resolves.toBeUndefined();
    await expect(reload(8)).rejects.toThrow(`The worker loaded version 8 of the weights, not ${loaded}.`);
  },
);
