// Cases of `Executor.reloadCode`. The code on disk stays the same: what matters is which calls go where.
import assert from "node:assert/strict";
import type { LoadedCode } from "@deepaas/core/ports";
import { callWith, type ExecutorDraft, type ExecutorTest, job, recorder, valueIn, versionFile } from "./subject.ts";

const never = () => new AbortController().signal;

/** Loads the code anew; an executor without the method lacks the capability. */
function load({ executor }: ExecutorTest, signal = never()): Promise<LoadedCode> {
  assert.ok(executor.reloadCode, "reloadCode");
  return executor.reloadCode({ signal });
}

export const codeCases: readonly ExecutorDraft[] = [
  {
    title: "calls of the code before go on until they are drained, while those of the new code are answered",
    cites: ["code.commit"],
    needs: ["reload"],
    models: ["slow"],
    async run(test) {
      const { executor, control, warm } = test;
      const descriptions = await warm();
      const slow = (gate: string) => ({ control: control.id, gate, label: gate, ignoresSignal: false });
      await control.open("open");
      const running = executor.predict("slow", slow("go"), callWith());
      await control.waitForNotes("started");
      const loaded = await load(test);
      assert.deepEqual(loaded.descriptions.slow?.predictArgs, descriptions.slow?.predictArgs);
      const drained = Promise.withResolvers<void>();
      loaded.commit(drained.promise);
      const waiting = executor.predict("slow", slow("open"), callWith());
      assert.match(JSON.stringify(valueIn(await loaded.predictor.predict("slow", slow("open"), callWith()))), /open/);
      assert.equal(executor.status().state, "ready");
      await control.open("go");
      for (const outcome of await Promise.all([running, waiting])) assert.ok(outcome.ok);
      drained.resolve();
      assert.ok((await loaded.predictor.predict("slow", slow("open"), callWith())).ok);
    },
  },
  {
    title: "code that is discarded, or whose loading is aborted, changes nothing",
    cites: ["code.discard"],
    needs: ["reload"],
    models: ["trainer"],
    async run(test) {
      const { executor, warm } = test;
      await warm();
      await (await load(test)).discard();
      await assert.rejects(load(test, AbortSignal.abort(new Error("not wanted"))));
      const abort = new AbortController();
      const loading = load(test, abort.signal);
      abort.abort(new Error("not wanted"));
      await assert.rejects(loading);
      assert.deepEqual(valueIn(await executor.predict("trainer", {}, callWith())), { weights: "shipped" });
      await executor.refresh("trainer", versionFile(1, "new"));
      assert.deepEqual(valueIn(await executor.predict("trainer", {}, callWith())), { weights: "new" });
    },
  },
  {
    title: "new code has the weights that are served, and a refresh meanwhile changes them after the commit",
    cites: ["code.weights"],
    needs: ["reload"],
    models: ["trainer"],
    async run(test) {
      const { executor, warm } = test;
      await warm({ trainer: "old" });
      const loaded = await load(test);
      const refreshed = executor.refresh("trainer", versionFile(2, "new"));
      loaded.commit(Promise.resolve());
      await refreshed;
      const outcome = await loaded.predictor.predict("trainer", {}, callWith());
      assert.deepEqual([outcome.version, valueIn(outcome)], [2, { weights: "new" }]);
      const again = await load(test);
      again.commit(Promise.resolve());
      const kept = await again.predictor.predict("trainer", {}, callWith());
      assert.deepEqual([kept.version, valueIn(kept)], [2, { weights: "new" }]);
    },
  },
  {
    title: "a training goes on when the code is replaced, and the next one begins",
    cites: ["code.training"],
    needs: ["reload"],
    models: ["trainer"],
    async run(test) {
      const { executor, control, warm } = test;
      await warm();
      const script = [
        { do: "note", name: "begun" },
        { do: "gate", name: "go" },
        { do: "return", value: "done" },
      ] as const;
      const training = executor.train(job({ control: control.id, script }), recorder().call);
      await control.waitForNotes("begun");
      (await load(test)).commit(Promise.resolve());
      const next = executor.train(
        job({ control: control.id, script: [{ do: "return", value: "next" }] }, { runId: "next" }),
        recorder().call,
      );
      assert.equal(valueIn(await next), "next");
      await control.open("go");
      assert.equal(valueIn(await training), "done");
    },
  },
];
