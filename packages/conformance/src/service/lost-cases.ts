import assert from "node:assert/strict";
import { memoryStore } from "@deepaas/core/ports";
import { takeUntil } from "../expect.ts";
import { aroundStore } from "../faults/around-store.ts";
import { crashExecutor, type WorkerCrash } from "../faults/crash-executor.ts";
import type { Action } from "../models/trainer.ts";
import { typesOf } from "../run-log.ts";
import type { ServiceDraft, ServiceTest } from "./subject.ts";
import { ended, only, startTraining, trained } from "./training.ts";

/** A case in which the workers of these attempts crash when they report step 9. */
const withCrashes = (attempts: WorkerCrash["attempts"], run: (test: ServiceTest) => Promise<void>) => () => ({
  wrapExecutor: (executor: Parameters<typeof crashExecutor>[0]) => crashExecutor(executor, { attempts, atStep: 9 }),
  run,
});

/** The simulated crash aborts the signal, so the script waits at a gate. */
const crash = [
  { do: "report", step: 9 },
  { do: "gate", name: "never" },
] as const satisfies readonly Action[];

export const lostCases: readonly ServiceDraft[] = [
  {
    title: "a run whose worker crashed records lost and goes on from its last checkpoint as the next attempt",
    cites: ["lost.again", "lost.resume"],
    needs: ["ports"],
    models: ["trainer"],
    prepare: withCrashes([1], async ({ service, control }) => {
      const { run, events } = await trained(service, {
        control: control.id,
        script: [
          { do: "note", name: "from" },
          { do: "checkpoint", step: 1, file: "old" },
          { do: "checkpoint", step: 2, data: { epoch: [2] }, file: "weights" },
          ...crash,
        ],
        again: [
          { do: "note", name: "from" },
          { do: "report", step: 3 },
          { do: "return", value: "done" },
        ],
      });
      const types = [
        "queued",
        "started",
        "checkpoint",
        "checkpoint",
        "progress",
        "lost",
        "started",
        "progress",
        "succeeded",
      ];
      assert.deepEqual(typesOf(events), types);
      assert.deepEqual([run.state, run.attempt, run.result, run.reason], ["succeeded", 2, "done", undefined]);
      const [first, second] = (await control.notes("from")).map((note) => JSON.parse(note) as unknown);
      assert.deepEqual(first, { attempt: 1, resumeFrom: null });
      assert.deepEqual(second, { attempt: 2, resumeFrom: { step: 2, data: { epoch: [2] }, file: "weights" } });
      assert.notEqual(only(events, "lost")[0]?.reason, "");
    }),
  },
  {
    title: "three lost attempts in a row without a new checkpoint fail the run with worker_lost",
    cites: ["lost.three"],
    needs: ["ports"],
    models: ["trainer"],
    prepare: withCrashes([1, 2, 3, 4], async ({ service, control }) => {
      const { run, events } = await trained(service, { control: control.id, script: crash });
      const once = ["started", "progress", "lost"];
      assert.deepEqual(typesOf(events), ["queued", ...once, ...once, ...once, "failed"]);
      assert.deepEqual([run.state, run.attempt, run.error?.code], ["failed", 3, "worker_lost"]);
      assert.equal((await trained(service, { control: control.id })).run.state, "succeeded", "the next run succeeds");
    }),
  },
  {
    title: 'a lost run of a model with `resume: "never"` fails',
    cites: ["lost.never"],
    needs: ["ports"],
    models: ["once"],
    prepare: withCrashes([1], async ({ service, control }) => {
      const args = { control: control.id, script: crash };
      const { run, events } = await trained(service, args, { model: "once" });
      assert.deepEqual(typesOf(events), ["queued", "started", "progress", "lost", "failed"]);
      assert.equal(run.error?.code, "worker_lost");
    }),
  },
  {
    title: "weights published by a lost attempt serve after a later attempt has succeeded",
    cites: ["publish.lost"],
    needs: ["ports"],
    models: ["trainer"],
    prepare: withCrashes([1], async ({ service, control }) => {
      const script = [{ do: "publish", text: "better" }, ...crash] as const;
      const { run } = await trained(service, { control: control.id, script, again: [] });
      assert.deepEqual([run.state, run.attempt], ["succeeded", 2]);
      assert.deepEqual(await service.predict("trainer", {}), { weights: "better" });
    }),
  },
  {
    title: "a checkpoint resets the count of lost attempts",
    cites: ["lost.reset"],
    needs: ["ports"],
    models: ["trainer"],
    prepare: withCrashes([1, 2, 3, 4], async ({ service, control }) => {
      const args = { control: control.id, script: [{ do: "checkpoint", step: 1 }, ...crash] } as const;
      const { id } = await startTraining(service, args);
      await takeUntil(service.watch(id), (event) => event.type === "started" && event.attempt === 5);
      await control.open("never");
      const { run, events } = await ended(service, id);
      assert.deepEqual([run.state, run.attempt, only(events, "lost").length], ["succeeded", 5, 4]);
    }),
  },
  {
    title: "a run that is stopping when its worker crashes is cancelled",
    cites: ["lost.cancelled"],
    needs: ["ports"],
    models: ["trainer"],
    prepare: withCrashes([1], async ({ service, control }) => {
      const script: readonly Action[] = [
        { do: "note", name: "ran" },
        { do: "gate", name: "never" },
      ];
      const onAbort: readonly Action[] = [
        { do: "report", step: 9 },
        { do: "throw", message: "crashed" },
      ];
      const { id } = await startTraining(service, { control: control.id, script, onAbort });
      await control.waitForNotes("ran");
      await service.cancel(id);
      const { run, events } = await ended(service, id);
      assert.equal(run.state, "cancelled");
      assert.equal(only(events, "started").length, 1, "it did not run again");
    }),
  },
  {
    title: "a cancel at the same time as the loss of the worker ends the run as cancelled",
    cites: ["lost.cancelled"],
    needs: ["ports"],
    models: ["trainer"],
    prepare() {
      // The cancel is recorded just before the loss, after the run manager has read the state.
      let beforeLost: () => Promise<unknown> = async () => {};
      const store = aroundStore(memoryStore(), async ({ method, args, make }) => {
        const [, entries] = args as [string, readonly { readonly fact: { readonly type: string } }[]];
        if (method === "append" && entries.some(({ fact }) => fact.type === "lost")) await beforeLost();
        return make();
      });
      return {
        ...withCrashes([1], async ({ service, control }) => {
          beforeLost = () => service.cancel("cancelled-and-lost");
          await startTraining(service, { control: control.id, script: crash }, { runId: "cancelled-and-lost" });
          const { run, events } = await ended(service, "cancelled-and-lost");
          assert.equal(run.state, "cancelled");
          assert.equal(only(events, "started").length, 1, JSON.stringify(typesOf(events)));
        })(),
        options: { store },
      };
    },
  },
];
