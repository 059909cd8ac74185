// The context that a model receives beside its arguments has the same shape in every executor.
import assert from "node:assert/strict";
import type { DeepaasError } from "@deepaas/core";
import { batchCallOf, callWith, codeIn, type ExecutorDraft, job, recorder, valueIn } from "./subject.ts";

const ann = { id: "ann" };
const bob = { id: "bob" };
const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

export const contextCases: readonly ExecutorDraft[] = [
  {
    title: "the context of a predict and of a stream is { requestId, signal, caller } and nothing else",
    cites: ["predict.context"],
    needs: ["context"],
    models: ["context"],
    async run({ executor, warm }) {
      await warm();
      for (const caller of [ann, undefined]) {
        const call = { ...callWith(), requestId: "one", caller, traceparent };
        const expected = {
          members: ["caller", "requestId", "signal"],
          requestId: "one",
          caller: caller ?? null,
          callers: null,
          isAborted: false,
        };
        assert.deepEqual(valueIn(await executor.predict("context", {}, call)), expected);
        const [item, ...others] = await Array.fromAsync(executor.predictStream("context", {}, call));
        assert.deepEqual(valueIn(item), expected);
        assert.deepEqual(others, []);
      }
    },
  },
  {
    title: "the context of a batch is { requestId, signal, callers }, with the callers in the order of the calls",
    cites: ["batch.callers"],
    needs: ["context"],
    models: ["context", "batch"],
    async run({ executor, warm }) {
      await warm();
      const callers = [bob, undefined, ann, bob];
      const argsList = callers.map(() => ({}));
      const outcomes = await executor.predictBatch("context", argsList, { ...batchCallOf(callers), traceparent });
      const expected = {
        members: ["callers", "requestId", "signal"],
        requestId: "request",
        caller: null,
        callers: [bob, null, ann, bob],
        isAborted: false,
      };
      assert.deepEqual(
        outcomes.map(valueIn),
        callers.map(() => expected),
      );
    },
  },
  {
    title: "the context of a training has the caller of the run",
    cites: ["train.context"],
    needs: ["context"],
    models: ["context"],
    async run({ executor, warm }) {
      await warm();
      for (const caller of [ann, undefined]) {
        const outcome = await executor.train(job({}, { model: "context", caller }), recorder().call);
        const { members, caller: seen } = valueIn(outcome) as { members: string[]; caller: unknown };
        assert.deepEqual(seen, caller ?? null);
        assert.deepEqual(members, [
          ...["artifact", "attempt", "caller", "checkpoint", "log", "publish", "report", "resumeFrom", "runId"],
          "signal",
        ]);
      }
    },
  },
  {
    title: "a model whose declaration is unsound stops the start, with its name and the JSON Pointer of the fault",
    cites: ["warm.declaration"],
    models: ["misdeclared", "echo"],
    async run({ warm }) {
      await assert.rejects(warm(), (error: DeepaasError) => {
        assert.match(error.message, /^Model misdeclared: getPredictArgs at \/a~1b\/default: /);
        return true;
      });
    },
  },
  {
    title: "an unknown option of publish is invalid_args, and an empty object reaches the call",
    cites: ["train.publish-options"],
    needs: ["context"],
    models: ["trainer"],
    async run({ executor, warm }) {
      await warm();
      const { recorded, call } = recorder();
      const publish = (options: object) =>
        executor.train(job({ script: [{ do: "publish", text: "weights", options }] }), call);
      for (const options of [{ promotes: "ask" }, { promote: "never" }, { promote: { metric: "acc" } }])
        assert.equal(codeIn(await publish(options)), "invalid_args");
      assert.deepEqual(recorded, []);
      for (const options of [{}, { promote: "ask" }, { promote: { metric: "acc", better: "higher" } }])
        valueIn(await publish(options));
      assert.deepEqual(recorded, Array(3).fill({ published: "weights" }));
    },
  },
];
