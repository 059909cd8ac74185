import assert from "node:assert/strict";
import { DeepaasError } from "@deepaas/core";
import type { Action } from "../models/trainer.ts";
import { callWith, codeIn, type ExecutorDraft, file, job, listener, valueIn } from "./subject.ts";

export const trainCases: readonly ExecutorDraft[] = [
  {
    title: "what the training says arrives in order, as it was given",
    cites: ["train.says", "train.result"],
    models: ["trainer"],
    async run({ executor, warm }) {
      await warm();
      const { said, call } = listener();
      const script: readonly Action[] = [
        { do: "report", step: 1, total: 2, metrics: { loss: "NaN", gain: "-Infinity", a: 0.5 }, message: "ä" },
        { do: "log", text: "line" },
        { do: "log", text: "bad", level: "error" },
        { do: "checkpoint", step: 1, data: { deep: [null, 1] }, file: "weights" },
        { do: "report", step: 2 },
        { do: "artifact", name: "a.txt", text: "text", contentType: "text/plain" },
        { do: "publish", text: "new weights" },
        { do: "checkpoint", step: 2 },
        { do: "return", value: { done: [true] } },
      ];
      assert.deepEqual(valueIn(await executor.train(job({ script }), call)), { done: [true] });
      assert.deepEqual(said, [
        {
          report: {
            type: "progress",
            step: 1,
            total: 2,
            metrics: { loss: "NaN", gain: "-Infinity", a: 0.5 },
            message: "ä",
          },
        },
        { log: "line", level: "info" },
        { log: "bad", level: "error" },
        { checkpoint: 1, data: { deep: [null, 1] }, file: "weights" },
        { report: { type: "progress", step: 2 } },
        { artifact: "a.txt", text: "text", contentType: "text/plain" },
        { published: "new weights" },
        { checkpoint: 2, data: undefined, file: undefined },
      ]);
    },
  },
  {
    title: "the model gets its attempt and the checkpoint to go on from",
    cites: ["train.job"],
    models: ["trainer"],
    async run({ executor, control, warm }) {
      await warm();
      const resumeFrom = { step: 3, data: { epoch: [3] }, file: file("weights") };
      const args = { control: control.id, again: [{ do: "note", name: "from" }] };
      assert.equal(valueIn(await executor.train(job(args, { attempt: 4, resumeFrom }), listener().call)), null);
      const [from] = await control.notes("from");
      assert.deepEqual(JSON.parse(from as string), { attempt: 4, resumeFrom: { ...resumeFrom, file: "weights" } });
    },
  },
  {
    title:
      "numbers in the result that are not finite become null, with a warning; what is not JSON is invalid_response",
    cites: ["train.result", "train.not-json"],
    models: ["trainer", "failing"],
    async run({ executor, warm }) {
      await warm();
      const { said, call } = listener();
      const script = [{ do: "return", value: { loss: "NaN", list: ["Infinity", 1] } }];
      assert.deepEqual(valueIn(await executor.train(job({ script }), call)), { loss: null, list: [null, 1] });
      assert.equal(said.filter((one) => (one as { level?: string }).level === "warning").length, 2);
      for (const how of ["cyclic", "bigint", "function", "map"]) {
        assert.equal(
          codeIn(await executor.train(job({ how }, { model: "failing" }), listener().call)),
          "invalid_response",
          how,
        );
      }
    },
  },
  {
    title: "a training that throws is internal with the first line of its message, or what it says",
    cites: ["train.throws"],
    models: ["trainer"],
    async run({ executor, warm }) {
      await warm();
      const thrown = async (message: string, code?: string) =>
        executor.train(job({ script: [{ do: "throw", message, ...(code && { code }) }] }), listener().call);
      const outcome = await thrown("no memory in /some/folder/of/mine/data.bin\nand a stack");
      assert.equal(codeIn(outcome), "internal");
      const text = JSON.stringify(outcome);
      assert.ok(text.includes("no memory") && text.includes("data.bin"));
      assert.ok(!text.includes("/some/folder") && !text.includes("stack"), text);
      assert.deepEqual(await thrown("No.", "out_of_range"), {
        ok: false,
        error: { code: "out_of_range", message: "No." },
      });
    },
  },
  {
    title: "when a checkpoint cannot be kept the model is told",
    cites: ["train.unkept"],
    models: ["trainer"],
    async run({ executor, warm }) {
      await warm();
      const { said, call } = listener({
        checkpoint: () => Promise.reject(new DeepaasError("unavailable", "The disk is full.")),
      });
      const script = [
        { do: "report", step: 1 },
        { do: "checkpoint", step: 1 },
        { do: "report", step: 2 },
      ];
      const outcome = await executor.train(job({ script }), call);
      assert.deepEqual(outcome, { ok: false, error: { code: "unavailable", message: "The disk is full." } });
      assert.equal(said.length, 1, "it did not go on");
    },
  },
  {
    title: "aborting aborts the model's signal; the outcome comes when the work has stopped, and not before",
    cites: ["train.signal"],
    models: ["trainer"],
    async run({ executor, control, warm }) {
      await warm();
      const abort = new AbortController();
      const { said, call } = listener({ signal: abort.signal });
      const args = {
        control: control.id,
        script: [
          { do: "note", name: "ran" },
          { do: "gate", name: "never" },
        ],
        onAbort: [
          { do: "note", name: "told" },
          { do: "hang", name: "finish" },
          { do: "checkpoint", step: 9 },
          { do: "throw", message: "out" },
        ],
      };
      let settled = false;
      const outcome = executor.train(job(args), call).finally(() => {
        settled = true;
      });
      await control.noted("ran");
      abort.abort(new DeepaasError("cancelled", "Stop."));
      await control.noted("told");
      assert.equal(settled, false);
      await control.open("finish");
      assert.equal((await outcome).ok, false);
      assert.deepEqual(
        said,
        [{ checkpoint: 9, data: undefined, file: undefined }],
        "and the checkpoint on the way out is kept",
      );
    },
  },
  {
    title: "work that takes no notice of its signal is killed after the grace",
    cites: ["train.kill"],
    needs: ["kill"],
    models: ["trainer"],
    async run({ executor, control, warm }) {
      await warm();
      const abort = new AbortController();
      const args = {
        control: control.id,
        script: [
          { do: "note", name: "ran" },
          { do: "hang", name: "never" },
        ],
      };
      const outcome = executor.train(job(args), listener({ signal: abort.signal, graceMs: 50 }).call);
      await control.noted("ran");
      abort.abort(new DeepaasError("cancelled", "Stop."));
      assert.equal((await outcome).ok, false);
      assert.equal(valueIn(await executor.train(job({ script: [{ do: "return", value: 1 }] }), listener().call)), 1);
    },
  },
  {
    title: "a worker that dies is worker_lost, and the next training finds another one",
    cites: ["train.worker-lost"],
    needs: ["processes"],
    models: ["trainer"],
    async run({ executor, warm }) {
      await warm();
      const { said, call } = listener();
      const script = [{ do: "report", step: 1 }, { do: "checkpoint", step: 1 }, { do: "die" }];
      assert.equal(codeIn(await executor.train(job({ script }), call)), "worker_lost");
      assert.equal(said.length, 2, "what it said before is not lost");
      assert.equal(valueIn(await executor.train(job({ script: [{ do: "return", value: 1 }] }), listener().call)), 1);
      assert.deepEqual(valueIn(await executor.predict("trainer", {}, callWith())), { weights: "shipped" });
    },
  },
  {
    title: "predicts are answered while a training runs",
    cites: ["train.beside"],
    models: ["trainer"],
    async run({ executor, control, warm }) {
      await warm();
      const args = {
        control: control.id,
        script: [
          { do: "note", name: "ran" },
          { do: "gate", name: "go" },
        ],
      };
      const outcome = executor.train(job(args), listener().call);
      await control.noted("ran");
      assert.deepEqual(valueIn(await executor.predict("trainer", {}, callWith())), { weights: "shipped" });
      await control.open("go");
      assert.equal(valueIn(await outcome), null);
    },
  },
];
