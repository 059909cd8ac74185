import assert from "node:assert/strict";
import { type RunEvent, type RunStats, sleep } from "@deepaas/core";
import type { RunStore } from "@deepaas/core/ports";
import { checkLog, typesOf } from "../run-log.ts";
import {
  blob,
  claimed,
  fact,
  line,
  log,
  lost,
  newRun,
  running,
  type StoreDraft,
  stopping,
  succeeded,
  traceparent,
  version,
} from "./subject.ts";

async function sortedRuns(store: RunStore): Promise<readonly RunStats[]> {
  const { runs } = (await store.stats?.()) ?? assert.fail("It has no stats any more.");
  return runs.toSorted((a, b) => (`${a.model} ${a.state}` < `${b.model} ${b.state}` ? -1 : 1));
}

export const openCases: readonly StoreDraft[] = [
  {
    title: "a store with stats has a kind; a size is a number of bytes",
    cites: ["stats.kind"],
    async run({ store }) {
      if (!store.stats) return;
      await running(store, "r");
      const { kind, bytes } = await store.stats();
      assert.match(kind, /^[a-z]+$/);
      assert.ok(bytes === undefined || (Number.isSafeInteger(bytes) && bytes > 0), `${bytes} bytes`);
    },
  },
  {
    title: "the stats count the runs by model and state, with the times of those that have not ended",
    cites: ["stats.runs"],
    async run({ store }) {
      if (!store.stats) return;
      assert.deepEqual((await store.stats()).runs, []);
      await running(store, "oldest");
      await sleep(5);
      await running(store, "reports");
      await running(store, "stops");
      await running(store, "ends");
      await running(store, "waits again");
      await store.create(newRun("queued"));
      await store.create(newRun("other", { model: "n" }));
      await sleep(5);
      await store.append("reports", fact({ type: "progress", step: 1 }), { attempt: 1, appendNumber: 1 });
      await store.append("stops", stopping, { attempt: 1 });
      await store.append("ends", succeeded, { attempt: 1, appendNumber: 1 });
      await store.append("waits again", lost(), { attempt: 1, appendNumber: 1 });
      const at = async (id: string, type: RunEvent["type"]) =>
        (await log(store, id)).find((event) => event.type === type)?.at;
      const since = async (id: string, type: RunEvent["type"]) => {
        const time = await at(id, type);
        // A run may be some fraction of a millisecond older than its first event.
        const created = type === "queued" ? (await store.get(id))?.createdAt : time;
        return { since: created, lastEventAt: time };
      };
      const expected = [
        { model: "m", state: "lost", count: 1, ...(await since("waits again", "lost")) },
        { model: "m", state: "queued", count: 1, ...(await since("queued", "queued")) },
        { model: "m", state: "running", count: 2, ...(await since("oldest", "started")) },
        { model: "m", state: "stopping", count: 1, ...(await since("stops", "stopping")) },
        { model: "m", state: "succeeded", count: 1 },
        { model: "n", state: "queued", count: 1, ...(await since("other", "queued")) },
      ];
      assert.deepEqual(await sortedRuns(store), expected);
      // A report of the run that stood still: now another one does, but this one is in its state as long as before.
      await sleep(5);
      await store.append("oldest", fact({ type: "progress", step: 1 }), { attempt: 1, appendNumber: 1 });
      await store.remove("ends");
      const lastEventAt = await at("reports", "progress");
      assert.deepEqual(
        await sortedRuns(store),
        expected
          .filter(({ state }) => state !== "succeeded")
          .map((one) => (one.state === "running" ? { ...one, lastEventAt } : one)),
      );
    },
  },
  {
    title: "after the death of its holder, open returns the queued and lost runs, oldest first",
    cites: ["open.pending", "open.dead"],
    needs: ["reopen"],
    async run({ store, reopen }) {
      await store.create(newRun("z-queued"));
      await running(store, "ran");
      await running(store, "ended");
      await store.append("ended", succeeded, { attempt: 1, appendNumber: 1 });
      await running(store, "lost");
      await store.append("lost", lost(), { attempt: 1, appendNumber: 1 });
      await running(store, "stopping");
      await store.append("stopping", stopping, { attempt: 1 });
      await store.create(newRun("a-queued", { model: "n" }));
      const next = await reopen();
      assert.deepEqual(next.pending, [
        { runId: "z-queued", model: "m" },
        { runId: "ran", model: "m" },
        { runId: "lost", model: "m" },
        { runId: "a-queued", model: "n" },
      ]);
      assert.deepEqual(typesOf(await log(next.store, "ran")), ["queued", "started", "lost"]);
      assert.deepEqual(typesOf(await log(next.store, "lost")), ["queued", "started", "lost"]);
      assert.deepEqual(typesOf(await log(next.store, "ended")), ["queued", "started", "succeeded"]);
      assert.equal((await next.store.get("stopping"))?.state, "cancelled");
      for (const { runId } of next.pending) checkLog(await log(next.store, runId));
      assert.equal((await claimed(next.store, "ran")).run.attempt, 2);
    },
  },
  {
    title: "appends of the dead holder are stale",
    cites: ["open.fenced"],
    needs: ["reopen"],
    async run({ store, reopen }) {
      await running(store, "r");
      await store.append("r", line("a"), { attempt: 1, appendNumber: 1 });
      const next = await reopen();
      const before = await log(next.store, "r");
      assert.equal(await next.store.append("r", line("late"), { attempt: 1, appendNumber: 2 }), "stale");
      await claimed(next.store, "r");
      assert.equal(await next.store.append("r", succeeded, { attempt: 1, appendNumber: 2 }), "stale");
      assert.deepEqual((await log(next.store, "r")).slice(0, -1), before);
    },
  },
  ...[true, false].map(
    (inline): StoreDraft => ({
      title: `the death of a holder ${inline ? "with inline models counts" : "with models in other processes does not count"} as a lost attempt`,
      cites: ["open.counted"],
      needs: ["reopen"],
      inline,
      async run({ store, reopen }) {
        await running(store, "r");
        const next = await reopen();
        assert.equal((await claimed(next.store, "r")).lostInARow, inline ? 1 : 0);
      },
    }),
  ),
  {
    title: "records, logs, checkpoints, artifacts and published weights survive",
    cites: ["open.kept"],
    needs: ["reopen"],
    async run({ store, reopen }) {
      const privateData = { secrets: { key: "s3cret" }, files: { one: blob("a") }, traceparent };
      await running(store, "r", { private: privateData, args: { text: "ä" } });
      const entries = [
        { fact: { type: "progress", step: 1, metrics: { loss: "NaN", a: 0.1 } } },
        { fact: { type: "checkpoint", step: 1 }, data: { deep: [1] }, blob: blob("c") },
        { fact: { type: "artifact", name: "x", size: 1, contentType: "x/y" }, blob: blob("e") },
      ] as const;
      await store.append("r", entries, { attempt: 1, appendNumber: 1 });
      await store.append("r", lost(false), { attempt: 1, appendNumber: 2 });
      await running(store, "p");
      await store.append("p", [{ fact: { type: "published" }, blob: blob("w") }], { attempt: 1, appendNumber: 1 });
      await store.addVersion({ ...version("w"), runId: "p", result: { a: [1] } }, 1);
      await store.serveVersion("m", { to: 1, revision: 0, by: "ann", reason: "better" });
      await store.append("p", fact({ type: "succeeded", result: { a: [1] } }), { attempt: 1, appendNumber: 2 });
      const weights = await store.versions("m");
      assert.equal(weights.served, 1);
      const [runs, events] = [(await store.list({})).items, [await log(store, "r"), await log(store, "p")]];
      const next = (await reopen()).store;
      assert.deepEqual((await next.list({})).items, runs);
      assert.deepEqual([await log(next, "r"), await log(next, "p")], events);
      assert.deepEqual(await next.versions("m"), weights);
      assert.deepEqual(await next.artifact("r", "x"), blob("e"));
      const { checkpoints, private: kept, lostInARow } = await claimed(next, "r");
      assert.deepEqual(
        [checkpoints, kept, lostInARow],
        [[{ step: 1, data: { deep: [1] }, blob: blob("c") }], privateData, 0],
      );
      assert.equal((await next.create(newRun("p"))).created, false);
      assert.equal((await next.create(newRun("new"))).created, true);
      assert.deepEqual(
        (await next.list({})).items.map(({ id }) => id),
        ["r", "p", "new"],
        "new runs are listed after the old ones",
      );
    },
  },
];
