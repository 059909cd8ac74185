import assert from "node:assert/strict";
import { callWith, type ExecutorDraft, file, valueIn } from "./subject.ts";

export const warmCases: readonly ExecutorDraft[] = [
  {
    title: "warm returns the description of every model; then the status is ready",
    cites: ["warm.describes", "status.states"],
    models: ["echo", "batch", "trainer"],
    async run({ executor, warm }) {
      const descriptions = await warm();
      assert.deepEqual(Object.keys(descriptions).sort(), ["batch", "echo", "trainer"]);
      assert.deepEqual(JSON.parse(JSON.stringify(descriptions)), descriptions, "plain JSON");
      assert.equal(descriptions.echo?.metadata.servedAs, "echo");
      assert.deepEqual(descriptions.echo?.predictArgs.required, ["text"]);
      assert.deepEqual(descriptions.batch?.has, {
        predict: true,
        predictBatch: true,
        predictStream: false,
        train: false,
      });
      assert.equal(executor.status().state, "ready");
      assert.ok(executor.slots.predict >= 1 && executor.slots.train >= 1);
    },
  },
  {
    title: "if a model cannot be warmed, the error has its name",
    cites: ["warm.fails"],
    models: ["echo", "unwarmable"],
    async run({ warm }) {
      await assert.rejects(warm(), /unwarmable/);
    },
  },
  {
    title: "each model is warmed with its published weights",
    cites: ["warm.published"],
    models: ["trainer", "reloader"],
    async run({ executor, warm }) {
      await warm({ trainer: "better" });
      assert.deepEqual(valueIn(await executor.predict("trainer", {}, callWith())), { weights: "better" });
      assert.deepEqual(valueIn(await executor.predict("reloader", {}, callWith())), { weights: "shipped" });
    },
  },
  {
    title: "new weights are passed to reload, or to warm without it, and every later predict uses them",
    cites: ["refresh.reload"],
    models: ["trainer", "reloader"],
    async run({ executor, warm }) {
      await warm({ reloader: "old" });
      await executor.refresh("trainer", file("new"));
      await executor.refresh("reloader", file("new"));
      const weights = async (model: string) => valueIn(await executor.predict(model, {}, callWith()));
      for (let i = 0; i < 20; i++) assert.deepEqual(await weights("trainer"), { weights: "new" });
      assert.deepEqual(await weights("reloader"), { weights: "reloaded new" });
    },
  },
  {
    title: "refresh rejects weights that cannot be loaded, and the previous ones stay in service",
    cites: ["refresh.fails"],
    models: ["trainer", "reloader"],
    async run({ executor, warm }) {
      await warm();
      for (const model of ["trainer", "reloader"]) {
        await assert.rejects(executor.refresh(model, file("broken")));
        for (let i = 0; i < 10; i++) {
          assert.deepEqual(valueIn(await executor.predict(model, {}, callWith())), { weights: "shipped" });
        }
      }
    },
  },
  {
    title: "no call is dropped during refresh",
    cites: ["refresh.calls"],
    models: ["slow", "trainer"],
    async run({ executor, control, warm }) {
      await warm();
      const running = executor.predict(
        "slow",
        { control: control.id, gate: "go", label: "x", ignoresSignal: false },
        callWith(),
      );
      await control.waitForNotes("started");
      const refreshed = executor.refresh("slow", file("new"));
      const calls = Array.from({ length: 20 }, () => executor.predict("trainer", {}, callWith()));
      for (const outcome of await Promise.all(calls)) assert.deepEqual(valueIn(outcome), { weights: "shipped" });
      await control.open("go");
      assert.deepEqual(valueIn(await running), { label: "x", atOnce: 1 });
      await refreshed;
    },
  },
  {
    title: "close may be called twice and closes each model once",
    cites: ["close.twice", "status.states"],
    models: ["slow"],
    async run({ executor, control, warm }) {
      await warm();
      await control.open("go");
      valueIn(
        await executor.predict(
          "slow",
          { control: control.id, gate: "go", label: "", ignoresSignal: false },
          callWith(),
        ),
      );
      await executor.close();
      await executor.close();
      assert.equal(executor.status().state, "closed");
      assert.equal((await control.notes("closed")).length, 1);
    },
  },
];
