import assert from "node:assert/strict";
import { lossReasons, type WorkerStats } from "@deepaas/core";
import { callWith, codeIn, type ExecutorDraft, type ExecutorTest, job, recorder, valueIn } from "./subject.ts";

/** Undefined if the executor has no `stats`, which is optional. */
const workersOf = ({ executor }: Pick<ExecutorTest, "executor">) => executor.stats?.().workers;

const busy = (workers: readonly WorkerStats[]) => workers.filter(({ state }) => state === "busy");

export const statsCases: readonly ExecutorDraft[] = [
  {
    title: "each worker is in the stats: busy during a predict, idle before and after it, and gone after close",
    cites: ["stats.workers"],
    needs: ["processes"],
    models: ["slow", "trainer"],
    async run(test) {
      const { executor, control, warm } = test;
      await warm();
      const workers = workersOf(test);
      if (!workers) return;
      assert.ok(workers.length > 0);
      assert.equal(new Set(workers.map(({ id }) => id)).size, workers.length);
      for (const { state, purpose, models, runIds, startedAt, calls } of workers) {
        assert.deepEqual([state, purpose === "train", runIds, calls], ["idle", false, [], 0]);
        assert.deepEqual([...models].sort(), ["slow", "trainer"]);
        assert.ok(Date.parse(startedAt) <= Date.now());
      }
      const args = { control: control.id, gate: "go", label: "", ignoresSignal: false };
      const call = executor.predict("slow", args, callWith());
      await control.waitForNotes("started");
      const [one, ...others] = busy(workersOf(test) ?? []);
      assert.deepEqual([one?.calls, others], [1, []]);
      await control.open("go");
      valueIn(await call);
      const after = workersOf(test) ?? [];
      assert.deepEqual(busy(after), []);
      assert.equal(after.find(({ id }) => id === one?.id)?.calls, 1);
      await executor.close();
      assert.deepEqual(workersOf(test), []);
    },
  },
  {
    title: "the worker of a training is in the stats with the id of its run",
    cites: ["stats.workers"],
    needs: ["processes"],
    models: ["trainer"],
    async run(test) {
      const { executor, control, warm } = test;
      await warm();
      if (!executor.stats) return;
      const script = [
        { do: "note", name: "ran" },
        { do: "gate", name: "go" },
      ];
      const outcome = executor.train(job({ control: control.id, script }, { runId: "run-1" }), recorder().call);
      await control.waitForNotes("ran");
      const [one] = busy(workersOf(test) ?? []);
      assert.deepEqual(one?.runIds, ["run-1"]);
      assert.notEqual(one?.purpose, "predict");
      await control.open("go");
      valueIn(await outcome);
      for (const { runIds, state } of workersOf(test) ?? []) assert.deepEqual([runIds, state], [[], "idle"]);
    },
  },
  {
    title: "a worker that dies is counted as lost, and the next one is another worker",
    cites: ["stats.lost"],
    needs: ["processes"],
    models: ["trainer"],
    async run(test) {
      const { executor, control, warm } = test;
      await warm();
      if (!executor.stats) return;
      assert.deepEqual(executor.stats().lostWorkers, { count: 0, byReason: {} });
      const args = {
        control: control.id,
        script: [{ do: "note", name: "a" }, { do: "gate", name: "a" }, { do: "die" }],
      };
      const outcome = executor.train(job(args), recorder().call);
      await control.waitForNotes("a");
      const [first] = busy(workersOf(test) ?? []);
      await control.open("a");
      assert.equal(codeIn(await outcome), "worker_lost");
      const { count, byReason, reason, at } = executor.stats().lostWorkers;
      assert.equal(count, 1);
      const [[loss, ofLoss] = []] = Object.entries(byReason);
      assert.ok(Object.keys(byReason).length === 1 && ofLoss === 1, JSON.stringify(byReason));
      assert.ok((lossReasons as readonly string[]).includes(loss as string), `${loss} is a reason`);
      assert.ok(reason && !/[/\\]/.test(reason), reason);
      assert.ok(at !== undefined && Date.parse(at) <= Date.now());
      valueIn(await executor.train(job({ script: [{ do: "return", value: 1 }] }), recorder().call));
      const ids = (workersOf(test) ?? []).map(({ id }) => id);
      assert.ok(first && !ids.includes(first.id), `${first?.id} is not in ${ids.join(", ")}`);
    },
  },
];
