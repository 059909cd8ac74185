import assert from "node:assert/strict";
import { memoryStore } from "@deepaas/core/ports";
import { takeUntil } from "../expect.ts";
import { aroundStore } from "../faults/around-store.ts";
import { crashExecutor, type WorkerCrash } from "../faults/crash-executor.ts";
import type { Action } from "../models/trainer.ts";
import { typesOf } from "../run-log.ts";
import type { ServiceDraft, ServiceTest } from "./subject.ts";
import { ended, only, startTraining, trained } from "./training.ts";

/** Every attempt of `attempts` dies when it reports step 9. */
const dying = (attempts: WorkerCrash["attempts"], run: (test: ServiceTest) => Promise<void>) => () => ({
  wrapExecutor: (executor: Parameters<typeof crashExecutor>[0]) => crashExecutor(executor, { attempts, atStep: 9 }),
  run,
});

/** What dies must still heed its signal: the crash is only played. */
const die = [
  { do: "report", step: 9 },
  { do: "gate", name: "never" },
] as const satisfies readonly Action[];

export const lostCases: readonly ServiceDraft[] = [
  {
    title: "a run whose worker died says lost and goes on as the next attempt, from its last checkpoint",
    cites: ["lost.again", "lost.resume"],
    needs: ["ports"],
    models: ["trainer"],
    prepare: dying([1], async ({ service, control }) => {
      const { run, events } = await trained(service, {
        control: control.id,
        script: [
          { do: "note", name: "from" },
          { do: "checkpoint", step: 1, file: "old" },
          { do: "checkpoint", step: 2, data: { epoch: [2] }, file: "weights" },
          ...die,
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
    title: "three attempts lost in a row without a checkpoint fail the run with worker_lost",
    cites: ["lost.three"],
    needs: ["ports"],
    models: ["trainer"],
    prepare: dying([1, 2, 3, 4], async ({ service, control }) => {
      const { run, events } = await trained(service, { control: control.id, script: die });
      const once = ["started", "progress", "lost"];
      assert.deepEqual(typesOf(events), ["queued", ...once, ...once, ...once, "failed"]);
      assert.deepEqual([run.state, run.attempt, run.error?.code], ["failed", 3, "worker_lost"]);
      assert.equal(
        (await trained(service, { control: control.id })).run.state,
        "succeeded",
        "the next run is not concerned",
      );
    }),
  },
  {
    title: "a run whose model does not resume fails when its worker is lost",
    cites: ["lost.never"],
    needs: ["ports"],
    models: ["once"],
    prepare: dying([1], async ({ service, control }) => {
      const args = { control: control.id, script: die };
      const { run, events } = await trained(service, args, { model: "once" });
      assert.deepEqual(typesOf(events), ["queued", "started", "progress", "lost", "failed"]);
      assert.equal(run.error?.code, "worker_lost");
    }),
  },
  {
    title: "what a lost attempt published serves once a later one has succeeded",
    cites: ["publish.lost"],
    needs: ["ports"],
    models: ["trainer"],
    prepare: dying([1], async ({ service, control }) => {
      const script = [{ do: "publish", text: "better" }, ...die] as const;
      const { run } = await trained(service, { control: control.id, script, again: [] });
      assert.deepEqual([run.state, run.attempt], ["succeeded", 2]);
      assert.deepEqual(await service.predict("trainer", {}), { weights: "better" });
    }),
  },
  {
    title: "a checkpoint starts the count of lost attempts again",
    cites: ["lost.reset"],
    needs: ["ports"],
    models: ["trainer"],
    prepare: dying([1, 2, 3, 4], async ({ service, control }) => {
      const args = { control: control.id, script: [{ do: "checkpoint", step: 1 }, ...die] } as const;
      const { id } = await startTraining(service, args);
      await takeUntil(service.watch(id), (event) => event.type === "started" && event.attempt === 5);
      await control.open("never");
      const { run, events } = await ended(service, id);
      assert.deepEqual([run.state, run.attempt, only(events, "lost").length], ["succeeded", 5, 4]);
    }),
  },
  {
    title: "a run that is stopping when its worker dies is cancelled",
    cites: ["lost.cancelled"],
    needs: ["ports"],
    models: ["trainer"],
    prepare: dying([1], async ({ service, control }) => {
      const script: readonly Action[] = [
        { do: "note", name: "ran" },
        { do: "gate", name: "never" },
      ];
      const onAbort: readonly Action[] = [
        { do: "report", step: 9 },
        { do: "throw", message: "dead" },
      ];
      const { id } = await startTraining(service, { control: control.id, script, onAbort });
      await control.noted("ran");
      await service.cancel(id);
      const { run, events } = await ended(service, id);
      assert.equal(run.state, "cancelled");
      assert.equal(only(events, "started").length, 1, "it did not run again");
    }),
  },
  {
    title: "a cancel that crosses the loss of the worker ends the run cancelled: it neither hangs nor runs again",
    cites: ["lost.cancelled"],
    needs: ["ports"],
    models: ["trainer"],
    prepare() {
      // The cancel is recorded just before the loss is: the desk has looked at the state already.
      let beforeLost: () => Promise<unknown> = async () => {};
      const store = aroundStore(memoryStore(), async ({ method, args, make }) => {
        const [, entries] = args as [string, readonly { readonly fact: { readonly type: string } }[]];
        if (method === "append" && entries.some(({ fact }) => fact.type === "lost")) await beforeLost();
        return make();
      });
      return {
        ...dying([1], async ({ service, control }) => {
          beforeLost = () => service.cancel("crossed");
          await startTraining(service, { control: control.id, script: die }, { runId: "crossed" });
          const { run, events } = await ended(service, "crossed");
          assert.equal(run.state, "cancelled");
          assert.equal(only(events, "started").length, 1, JSON.stringify(typesOf(events)));
        })(),
        options: { store },
      };
    },
  },
];
