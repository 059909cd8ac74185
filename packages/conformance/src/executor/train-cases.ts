import assert from "node:assert/strict";
import { DeepaasError } from "@deepaas/core";
import type { Action } from "../models/trainer.ts";
import { callWith, codeIn, type ExecutorDraft, file, job, recorder, valueIn } from "./subject.ts";

export const trainCases: readonly ExecutorDraft[] = [
  {
    title: "reports, log lines, checkpoints, artifacts and weights arrive unchanged and in order",
    cites: ["train.reports", "train.result"],
    models: ["trainer"],
    async run({ executor, warm }) {
      await warm();
      const { recorded, call } = recorder();
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
      assert.deepEqual(recorded, [
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
    title: "the model receives its attempt number and the checkpoint to resume from",
    cites: ["train.job"],
    models: ["trainer"],
    async run({ executor, control, warm }) {
      await warm();
      const resumeFrom = { step: 3, data: { epoch: [3] }, file: file("weights") };
      const args = { control: control.id, again: [{ do: "note", name: "from" }] };
      assert.equal(valueIn(await executor.train(job(args, { attempt: 4, resumeFrom }), recorder().call)), null);
      const [from] = await control.notes("from");
      assert.deepEqual(JSON.parse(from as string), { attempt: 4, resumeFrom: { ...resumeFrom, file: "weights" } });
    },
  },
  {
    title:
      "non-finite numbers in the result become null, with a warning; a result without a JSON form is invalid_response",
    cites: ["train.result", "train.not-json"],
    models: ["trainer", "failing"],
    async run({ executor, warm }) {
      await warm();
      const { recorded, call } = recorder();
      const script = [{ do: "return", value: { loss: "NaN", list: ["Infinity", 1] } }];
      assert.deepEqual(valueIn(await executor.train(job({ script }), call)), { loss: null, list: [null, 1] });
      assert.equal(recorded.filter((one) => (one as { level?: string }).level === "warning").length, 2);
      for (const how of ["cyclic", "bigint", "function", "map"]) {
        assert.equal(
          codeIn(await executor.train(job({ how }, { model: "failing" }), recorder().call)),
          "invalid_response",
          how,
        );
      }
    },
  },
  {
    title: "a training that throws is internal with the first line of the message",
    cites: ["train.throws"],
    models: ["trainer"],
    async run({ executor, warm }) {
      await warm();
      const message = "no memory in /some/folder/of/mine/data.bin\nand a stack";
      const outcome = await executor.train(job({ script: [{ do: "throw", message }] }), recorder().call);
      assert.equal(codeIn(outcome), "internal");
      const text = JSON.stringify(outcome);
      assert.ok(text.includes("no memory") && text.includes("data.bin"));
      assert.ok(!text.includes("/some/folder") && !text.includes("stack"), text);
    },
  },
  {
    title: "a DeepaasError of a training is the outcome unchanged",
    cites: ["train.throws"],
    needs: ["context"],
    models: ["trainer"],
    async run({ executor, warm }) {
      await warm();
      const script = [{ do: "throw", message: "No.", code: "out_of_range" }];
      assert.deepEqual(await executor.train(job({ script }), recorder().call), {
        ok: false,
        error: { code: "out_of_range", message: "No." },
      });
    },
  },
  {
    title: "if a checkpoint cannot be kept, its promise in the model rejects",
    cites: ["train.unkept"],
    models: ["trainer"],
    async run({ executor, warm }) {
      await warm();
      const { recorded, call } = recorder({
        checkpoint: () => Promise.reject(new DeepaasError("unavailable", "The disk is full.")),
      });
      const script = [
        { do: "report", step: 1 },
        { do: "checkpoint", step: 1 },
        { do: "report", step: 2 },
      ];
      const outcome = await executor.train(job({ script }), call);
      assert.deepEqual(outcome, { ok: false, error: { code: "unavailable", message: "The disk is full." } });
      assert.equal(recorded.length, 1, "the training did not go on");
    },
  },
  {
    title: "an abort reaches the model's signal, and the outcome comes when the work has stopped, not before",
    cites: ["train.signal"],
    models: ["trainer"],
    async run({ executor, control, warm }) {
      await warm();
      const abort = new AbortController();
      const { recorded, call } = recorder({ signal: abort.signal });
      const args = {
        control: control.id,
        script: [
          { do: "note", name: "ran" },
          { do: "gate", name: "never" },
        ],
        onAbort: [
          { do: "note", name: "aborted" },
          { do: "hang", name: "finish" },
          { do: "checkpoint", step: 9 },
          { do: "throw", message: "stopped" },
        ],
      };
      let settled = false;
      const outcome = executor.train(job(args), call).finally(() => {
        settled = true;
      });
      await control.waitForNotes("ran");
      abort.abort(new DeepaasError("cancelled", "Stop."));
      await control.waitForNotes("aborted");
      assert.equal(settled, false);
      await control.open("finish");
      assert.equal((await outcome).ok, false);
      assert.deepEqual(
        recorded,
        [{ checkpoint: 9, data: undefined, file: undefined }],
        "a checkpoint after the abort arrives",
      );
    },
  },
  {
    title: "work that ignores its signal is killed after graceMs",
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
      const outcome = executor.train(job(args), recorder({ signal: abort.signal, graceMs: 50 }).call);
      await control.waitForNotes("ran");
      abort.abort(new DeepaasError("cancelled", "Stop."));
      assert.equal((await outcome).ok, false);
      assert.equal(valueIn(await executor.train(job({ script: [{ do: "return", value: 1 }] }), recorder().call)), 1);
    },
  },
  {
    title: "a worker that crashes is worker_lost, and the next training runs on another worker",
    cites: ["train.worker-lost"],
    needs: ["processes"],
    models: ["trainer"],
    async run({ executor, warm }) {
      await warm();
      const { recorded, call } = recorder();
      const script = [{ do: "report", step: 1 }, { do: "checkpoint", step: 1 }, { do: "die" }];
      assert.equal(codeIn(await executor.train(job({ script }), call)), "worker_lost");
      assert.equal(recorded.length, 2, "what it passed on before is not lost");
      assert.equal(valueIn(await executor.train(job({ script: [{ do: "return", value: 1 }] }), recorder().call)), 1);
      assert.deepEqual(valueIn(await executor.predict("trainer", {}, callWith())), { weights: "shipped" });
    },
  },
  {
    title: "predicts are answered during a training",
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
      const outcome = executor.train(job(args), recorder().call);
      await control.waitForNotes("ran");
      assert.deepEqual(valueIn(await executor.predict("trainer", {}, callWith())), { weights: "shipped" });
      await control.open("go");
      assert.equal(valueIn(await outcome), null);
    },
  },
];
