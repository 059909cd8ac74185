import assert from "node:assert/strict";
import type { Control } from "../control.ts";
import type { TrainerArgs } from "../models/trainer.ts";
import { checkLog, typesOf } from "../run-log.ts";
import type { ServiceDraft } from "./subject.ts";
import { ended, reached, startTraining, trained } from "./training.ts";

/** The arguments of a training that runs until its signal is aborted, and then does `onAbort`. */
const endless = (control: Pick<Control, "id">, onAbort?: TrainerArgs["onAbort"]): TrainerArgs => ({
  control: control.id,
  script: [
    { do: "note", name: "ran" },
    { do: "gate", name: "never" },
  ],
  ...(onAbort && { onAbort }),
});

export const cancelCases: readonly ServiceDraft[] = [
  {
    title: "a queued run that is cancelled ends at once and never runs",
    cites: ["cancel.queued"],
    models: ["trainer"],
    async run({ service, control }) {
      await startTraining(service, { control: control.id, script: [{ do: "gate", name: "go" }] }, { runId: "first" });
      await reached(service, "first", "started");
      await startTraining(service, endless(control), { runId: "queued" });
      const run = await service.cancel("queued");
      assert.deepEqual([run.state, run.attempt], ["cancelled", 0]);
      assert.deepEqual(typesOf((await ended(service, "queued")).events), ["queued", "cancelled"]);
      await control.open("go");
      await ended(service, "first");
      await trained(service, {});
      assert.deepEqual(await control.notes("ran"), []);
      assert.equal((await service.run("queued")).lastSeq, 2);
    },
  },
  {
    title: "a cancel of a running training is recorded, stops it, and ends it as cancelled",
    cites: ["cancel.running", "cancel.throws"],
    models: ["trainer"],
    async run({ service, control }) {
      const { id } = await startTraining(service, endless(control));
      await control.waitForNotes("ran");
      const run = await service.cancel(id);
      assert.ok(run.state === "stopping" || run.state === "cancelled", run.state);
      const end = await ended(service, id);
      assert.deepEqual(typesOf(end.events), ["queued", "started", "stopping", "cancelled"]);
      assert.equal(end.run.state, "cancelled");
    },
  },
  {
    title: "a run is not cancelled while the work goes on",
    cites: ["cancel.not-before-stop"],
    models: ["trainer"],
    async run({ service, control }) {
      const { id } = await startTraining(service, {
        ...endless(control),
        onAbort: [
          { do: "note", name: "aborted" },
          { do: "hang", name: "finish" },
          { do: "report", step: 7 },
          { do: "throw", message: "stopped" },
        ],
      });
      await control.waitForNotes("ran");
      await service.cancel(id);
      await control.waitForNotes("aborted");
      assert.equal((await service.run(id)).state, "stopping");
      await control.open("finish");
      const { events } = await ended(service, id);
      assert.deepEqual(typesOf(events), ["queued", "started", "stopping", "progress", "cancelled"]);
    },
  },
  {
    title: "a checkpoint and a file after the cancel are kept",
    cites: ["cancel.grace"],
    models: ["trainer"],
    async run({ service, control }) {
      const { id } = await startTraining(service, {
        ...endless(control),
        onAbort: [
          { do: "checkpoint", step: 3, data: { a: 1 }, file: "weights" },
          { do: "artifact", name: "last.txt", text: "kept" },
          { do: "throw", message: "stopped" },
        ],
      });
      await control.waitForNotes("ran");
      await service.cancel(id);
      const { run, events } = await ended(service, id);
      assert.deepEqual(typesOf(events), ["queued", "started", "stopping", "checkpoint", "artifact", "cancelled"]);
      assert.deepEqual(run.checkpoint, { step: 3 });
      assert.equal(await (await service.artifact(id, "last.txt")).text(), "kept");
    },
  },
  {
    title: "a cancelled training that throws any error is cancelled",
    cites: ["cancel.throws"],
    models: ["trainer"],
    async run({ service, control }) {
      for (const code of ["internal", "worker_lost", "invalid_args"] as const) {
        const { id } = await startTraining(service, {
          ...endless(control),
          onAbort: [{ do: "throw", message: "stopped", code }],
        });
        await reached(service, id, "started");
        await service.cancel(id);
        assert.equal((await ended(service, id)).run.state, "cancelled", code);
      }
    },
  },
  {
    title: "a training that returns after a cancel has succeeded",
    cites: ["cancel.succeeded"],
    models: ["trainer"],
    async run({ service, control }) {
      const { id } = await startTraining(service, endless(control, [{ do: "return", value: "done anyway" }]));
      await control.waitForNotes("ran");
      await service.cancel(id);
      const { run, events } = await ended(service, id);
      assert.deepEqual(typesOf(events), ["queued", "started", "stopping", "succeeded"]);
      assert.deepEqual([run.state, run.result], ["succeeded", "done anyway"]);
    },
  },
  {
    title: "cancelling an ended or a stopping run changes nothing",
    cites: ["cancel.ended"],
    models: ["trainer"],
    async run({ service, control }) {
      const { run } = await trained(service, {});
      assert.deepEqual(await service.cancel(run.id), run);
      const failed = await trained(service, { script: [{ do: "throw", message: "no" }] });
      assert.deepEqual(await service.cancel(failed.run.id), failed.run);
      const script = endless(control, [
        { do: "hang", name: "finish" },
        { do: "throw", message: "stopped" },
      ]);
      const { id } = await startTraining(service, script);
      await control.waitForNotes("ran");
      await service.cancel(id);
      for (let i = 0; i < 3; i++) assert.equal((await service.cancel(id)).state, "stopping");
      await control.open("finish");
      assert.deepEqual(typesOf((await ended(service, id)).events), ["queued", "started", "stopping", "cancelled"]);
    },
  },
  {
    title: "several cancels at the same time have the effect of one, at any moment of the run",
    cites: ["cancel.at-once", "log.dense"],
    models: ["trainer"],
    async run({ service }) {
      for (let i = 0; i < 20; i++) {
        const { id } = await startTraining(service, { script: [{ do: "drip", times: i * 3 }] });
        await Promise.all(Array.from({ length: 5 }, () => service.cancel(id)));
        const { events } = await ended(service, id);
        checkLog(events);
        assert.ok(events.filter(({ type }) => type === "stopping").length <= 1);
      }
    },
  },
];
