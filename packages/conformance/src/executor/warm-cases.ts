import assert from "node:assert/strict";
import { batchCallOf, callWith, type ExecutorDraft, valueIn, versionFile } from "./subject.ts";

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
      await executor.refresh("trainer", versionFile(2, "new"));
      await executor.refresh("reloader", versionFile(2, "new"));
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
        await assert.rejects(executor.refresh(model, versionFile(2, "broken")));
        for (let i = 0; i < 10; i++) {
          assert.deepEqual(valueIn(await executor.predict(model, {}, callWith())), { weights: "shipped" });
        }
      }
    },
  },
  {
    title: "refresh without weights loads the shipped ones, and outcomes have the version that answered",
    cites: ["refresh.shipped", "version.outcome"],
    models: ["trainer", "reloader"],
    async run({ executor, warm }) {
      await warm({ trainer: "old", reloader: "old" });
      const answer = async (model: string) => {
        const outcome = await executor.predict(model, {}, callWith());
        return [outcome.version, valueIn(outcome)];
      };
      for (const model of ["trainer", "reloader"]) {
        assert.deepEqual((await answer(model))[0], 1);
        await executor.refresh(model, versionFile(7, "newer"));
        assert.deepEqual((await answer(model))[0], 7);
        await executor.refresh(model, undefined);
      }
      assert.deepEqual(await answer("trainer"), [0, { weights: "shipped" }]);
      assert.deepEqual(await answer("reloader"), [0, { weights: "shipped again" }]);
    },
  },
  {
    title: "items of a stream, results of a batch and errors have the version, too",
    cites: ["version.outcome"],
    models: ["stream", "batch", "failing"],
    async run({ executor, warm }) {
      await warm({ stream: "x", batch: "x", failing: "x" });
      const streamArgs = { control: "", items: 1, padding: 0, at: -1, fault: "wait" };
      const stream = executor.predictStream("stream", streamArgs, callWith());
      for await (const { version } of stream) assert.equal(version, 1);
      const outcomes = await executor.predictBatch(
        "batch",
        [1, 2].map((value) => ({ control: "", value, how: "answer", gate: "" })),
        batchCallOf([undefined, undefined]),
      );
      assert.deepEqual(
        outcomes.map(({ version }) => version),
        [1, 1],
      );
      const failed = await executor.predict("failing", { how: "error" }, callWith());
      assert.deepEqual([failed.ok, failed.version], [false, 1]);
    },
  },
  {
    title: "refresh awaits the record after the weights are loaded; if it rejects nothing has changed",
    cites: ["refresh.record"],
    models: ["trainer", "reloader"],
    async run({ executor, warm }) {
      await warm({ trainer: "old", reloader: "old" });
      for (const model of ["trainer", "reloader"]) {
        let records = 0;
        const refuse = () => {
          records++;
          return Promise.reject(new Error("not recorded"));
        };
        await assert.rejects(executor.refresh(model, versionFile(2, "new"), refuse), /not recorded/);
        for (let i = 0; i < 10; i++) {
          const outcome = await executor.predict(model, {}, callWith());
          assert.match(JSON.stringify(valueIn(outcome)), /old/);
          assert.equal(outcome.version, 1);
        }
        await assert.rejects(executor.refresh(model, versionFile(2, "broken"), refuse));
        assert.equal(records, 1, "what cannot be loaded is not recorded");
        await executor.refresh(model, versionFile(2, "new"), async () => void records++);
        assert.equal(records, 2);
        assert.equal((await executor.predict(model, {}, callWith())).version, 2);
      }
    },
  },
  {
    title: "a call has one version, also while the weights change",
    cites: ["version.one"],
    models: ["reloader"],
    async run({ executor, warm }) {
      await warm({ reloader: "0" });
      const seen = new Set<string>();
      const stop = { now: false };
      const callers = Array.from({ length: 4 }, async () => {
        while (!stop.now) {
          const outcome = await executor.predict("reloader", {}, callWith());
          seen.add(`${outcome.version} ${JSON.stringify(valueIn(outcome))}`);
        }
      });
      for (const version of [2, 3, 4]) await executor.refresh("reloader", versionFile(version, String(version)));
      await executor.predict("reloader", {}, callWith());
      stop.now = true;
      await Promise.all(callers);
      for (const one of seen) assert.match(one, /^(1 \{"weights":"0"\}|([234]) \{"weights":"reloaded \2"\})$/);
      assert.ok(
        [...seen].some((one) => one.startsWith("4 ")),
        "the last version answers in the end",
      );
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
      const refreshed = executor.refresh("slow", versionFile(1, "new"));
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
