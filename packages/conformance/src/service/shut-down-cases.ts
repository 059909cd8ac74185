import assert from "node:assert/strict";
import { memoryBlobs, memoryStore } from "@deepaas/core/ports";
import { collect, rejection } from "../expect.ts";
import { crashExecutor } from "../faults/crash-executor.ts";
import type { Action } from "../models/trainer.ts";
import { typesOf } from "../run-log.ts";
import type { ServiceDraft, ServiceTest } from "./subject.ts";
import { ended, only, reached, startTraining } from "./training.ts";

/** A case with a store that is kept over a restart. */
const withStore = (run: (test: ServiceTest) => Promise<void>) => () => ({
  options: { store: memoryStore(), blobs: memoryBlobs() },
  run,
});

const endless: readonly Action[] = [
  { do: "note", name: "ran" },
  { do: "gate", name: "never" },
];

export const shutDownCases: readonly ServiceDraft[] = [
  {
    title: "a closed service rejects unavailable for every method but status, and can be closed again",
    cites: ["close.refuses"],
    needs: ["shutDown"],
    models: ["bare", "trainer", "stream"],
    async run({ service, shutDown }) {
      const { id } = await startTraining(service, {});
      await ended(service, id);
      await shutDown();
      await shutDown();
      await rejection(service.stats(), "unavailable");
      await rejection(service.models(), "unavailable");
      await rejection(service.describe("bare"), "unavailable");
      await rejection(service.predict("bare", {}), "unavailable");
      await rejection(collect(service.predictStream("stream", {})), "unavailable");
      await rejection(service.train("trainer", {}), "unavailable");
      await rejection(service.run(id), "unavailable");
      await rejection(service.runs(), "unavailable");
      await rejection(service.cancel(id), "unavailable");
      await rejection(service.remove(id), "unavailable");
      await rejection(collect(service.watch(id)), "unavailable");
      await rejection(service.artifact(id, "a"), "unavailable");
    },
  },
  {
    title: "a closing service refuses new calls and waits for the calls in progress",
    cites: ["close.drains", "close.refuses"],
    needs: ["shutDown"],
    models: ["slow", "bare"],
    async run({ service, control, shutDown }) {
      const running = service.predict("slow", { control: control.id, label: "x" });
      await control.waitForNotes("started");
      const down = shutDown();
      await rejection(service.predict("bare", {}), "unavailable");
      await control.open("go");
      assert.deepEqual(await running, { label: "x", atOnce: 1 });
      await down;
    },
  },
  {
    title: "a call that takes longer than drainMs rejects unavailable",
    cites: ["close.forces"],
    needs: ["shutDown", "limits"],
    models: ["slow"],
    options: { limits: { drainMs: 50 } },
    async run({ service, control, shutDown }) {
      const running = rejection(service.predict("slow", { control: control.id, ignoresSignal: true }), "unavailable");
      await control.waitForNotes("started");
      await shutDown();
      await running;
      await control.open("go");
    },
  },
  {
    title: "a training that ignores its signal delays the shutdown by graceMs at most",
    cites: ["down.grace"],
    needs: ["shutDown", "limits"],
    models: ["trainer"],
    options: { limits: { graceMs: 50 } },
    async run({ service, control, shutDown }) {
      const script: readonly Action[] = [
        { do: "note", name: "ran" },
        { do: "hang", name: "late" },
      ];
      await startTraining(service, { control: control.id, script });
      await control.waitForNotes("ran");
      await shutDown();
      await control.open("late");
    },
  },
  {
    title: 'a run of a model with `resume: "never"` fails at the next start',
    cites: ["lost.never"],
    needs: ["shutDown", "ports"],
    models: ["once"],
    prepare: withStore(async ({ service, control, shutDown, startAgain }) => {
      await startTraining(service, { control: control.id, script: endless }, { runId: "r", model: "once" });
      await control.waitForNotes("ran");
      await shutDown();
      const { run } = await ended((await startAgain()).service, "r");
      assert.deepEqual([run.state, run.error?.code], ["failed", "worker_lost"]);
      assert.equal((await control.notes("ran")).length, 1, "the training did not run again");
    }),
  },
  {
    title: "a shutdown gives a training time for a checkpoint, and the next start resumes from it",
    cites: ["down.lost", "down.resumes"],
    needs: ["shutDown", "ports"],
    models: ["trainer"],
    prepare: withStore(async ({ service, control, shutDown, startAgain }) => {
      await startTraining(
        service,
        {
          control: control.id,
          script: endless,
          onAbort: [
            { do: "checkpoint", step: 4, data: "d", file: "weights" },
            { do: "throw", message: "stopped" },
          ],
          again: [
            { do: "note", name: "from" },
            { do: "return", value: "done" },
          ],
        },
        { runId: "running" },
      );
      await control.waitForNotes("ran");
      await startTraining(service, { script: [{ do: "return", value: "late" }] }, { runId: "waiting" });
      await shutDown();
      const { service: next } = await startAgain();
      const { run, events } = await ended(next, "running");
      assert.deepEqual(typesOf(events), ["queued", "started", "checkpoint", "lost", "started", "succeeded"]);
      assert.equal(only(events, "lost")[0]?.reason, "shutdown");
      assert.deepEqual([run.attempt, run.result], [2, "done"]);
      const [from] = await control.notes("from");
      const resumeFrom = { step: 4, data: "d", file: "weights" };
      assert.deepEqual(JSON.parse(from as string), { attempt: 2, resumeFrom });
      const waiting = await ended(next, "waiting");
      assert.deepEqual([waiting.run.attempt, waiting.run.result], [1, "late"]);
    }),
  },
  {
    title: "a shutdown never counts as a lost worker",
    cites: ["down.uncounted"],
    needs: ["shutDown", "ports"],
    models: ["trainer"],
    prepare: () => ({
      options: { store: memoryStore(), blobs: memoryBlobs() },
      wrapExecutor: (executor) => crashExecutor(executor, { attempts: [3, 4], atStep: 9 }),
      async run({ service, control, shutDown, startAgain }) {
        const script: readonly Action[] = [...endless.slice(0, 1), { do: "report", step: 9 }, ...endless.slice(1)];
        await startTraining(service, { control: control.id, script }, { runId: "one" });
        await control.waitForNotes("ran", 1);
        await shutDown();
        const second = await startAgain();
        await control.waitForNotes("ran", 2);
        await second.shutDown();
        const { service: third } = await startAgain();
        await control.waitForNotes("ran", 5);
        await control.open("never");
        const { run, events } = await ended(third, "one");
        assert.deepEqual([run.state, run.attempt], ["succeeded", 5]);
        const reasons = only(events, "lost").map(({ reason }) => reason === "shutdown");
        assert.deepEqual(reasons, [true, true, false, false]);
      },
    }),
  },
  {
    title: "a run that was stopping at the shutdown is cancelled",
    cites: ["down.cancelled"],
    needs: ["shutDown", "ports"],
    models: ["trainer"],
    prepare: withStore(async ({ service, control, shutDown, startAgain }) => {
      const onAbort: readonly Action[] = [
        { do: "note", name: "aborted" },
        { do: "hang", name: "finish" },
        { do: "throw", message: "stopped" },
      ];
      const { id } = await startTraining(service, { control: control.id, script: endless, onAbort });
      await control.waitForNotes("ran");
      await service.cancel(id);
      await control.waitForNotes("aborted");
      const down = shutDown();
      await control.open("finish");
      await down;
      const { events } = await ended((await startAgain()).service, id);
      assert.deepEqual(typesOf(events), ["queued", "started", "stopping", "cancelled"]);
    }),
  },
  {
    title: "published weights serve after their run has succeeded, not before; those of a failed run never serve",
    cites: ["publish.serves", "publish.failed"],
    models: ["trainer"],
    async run({ service, control }) {
      const weights = async () => (await service.predict("trainer", {})) as { weights: string };
      assert.deepEqual(await weights(), { weights: "shipped" });
      const args = {
        control: control.id,
        script: [
          { do: "publish", text: "first" },
          { do: "publish", text: "better" },
          { do: "gate", name: "go" },
        ],
      } as const;
      const { id } = await startTraining(service, args);
      await reached(service, id, "published");
      assert.deepEqual(await weights(), { weights: "shipped" });
      await control.open("go");
      await ended(service, id);
      assert.deepEqual(await weights(), { weights: "better" });
      const failing = await startTraining(service, {
        script: [
          { do: "publish", text: "bad" },
          { do: "throw", message: "no" },
        ],
      });
      await ended(service, failing.id);
      assert.deepEqual(await weights(), { weights: "better" });
    },
  },
  {
    title: "the newest published weights serve after the next start, also if their run was removed",
    cites: ["publish.start"],
    needs: ["shutDown", "ports"],
    models: ["trainer"],
    prepare: withStore(async ({ service, shutDown, startAgain }) => {
      for (const text of ["one", "two"]) {
        const { id } = await startTraining(service, { script: [{ do: "publish", text }] }, { runId: text });
        await ended(service, id);
      }
      await service.remove("two");
      await shutDown();
      const { service: next } = await startAgain();
      assert.deepEqual(await next.predict("trainer", {}), { weights: "two" });
      await next.remove("one");
    }),
  },
];
