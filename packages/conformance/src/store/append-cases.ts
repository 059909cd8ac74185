import assert from "node:assert/strict";
import type { LogAppend } from "@deepaas/core/ports";
import { checkLog, checkRecord, typesOf } from "../run-log.ts";
import {
  cancelled,
  claimed,
  fact,
  line,
  log,
  lost,
  newRun,
  running,
  type StoreDraft,
  type StoreTest,
  stopping,
  succeeded,
} from "./subject.ts";

async function assertStale({ store }: StoreTest, id: string, work: () => Promise<unknown>): Promise<void> {
  const [record, events] = [await store.get(id), await log(store, id)];
  assert.equal(await work(), "stale");
  assert.deepEqual(await store.get(id), record);
  assert.deepEqual(await log(store, id), events);
}

export const appendCases: readonly StoreDraft[] = [
  {
    title: "events are numbered densely and in order, those of one append together",
    cites: ["append.dense", "record.fold"],
    async run({ store }) {
      await running(store, "r");
      const texts = Array.from({ length: 30 }, (_, i) => [`${i}a`, `${i}b`, `${i}c`]);
      const appends = texts.map((three, i) =>
        store.append("r", three.flatMap(line), { attempt: 1, appendNumber: i + 1 }),
      );
      assert.deepEqual(new Set(await Promise.all(appends)), new Set(["kept"]));
      const events = await log(store, "r");
      checkLog(events);
      assert.deepEqual(
        events.flatMap((event) => (event.type === "log" ? event.text : [])),
        texts.flat(),
      );
      checkRecord((await store.get("r")) as NonNullable<Awaited<ReturnType<typeof store.get>>>, events);
    },
  },
  {
    title: "an append of an attempt that is not the newest is stale and changes nothing",
    cites: ["append.fenced"],
    async run(test) {
      const { store } = test;
      await running(store, "r");
      await store.append("r", lost(), { attempt: 1, appendNumber: 1 });
      await claimed(store, "r");
      for (const position of [
        { attempt: 1, appendNumber: 2 },
        { attempt: 1, appendNumber: 1 },
        { attempt: 1 },
        { attempt: 3, appendNumber: 1 },
        { attempt: 0 },
      ]) {
        await assertStale(test, "r", () => store.append("r", succeeded, position));
      }
      assert.equal(await store.append("r", line("current"), { attempt: 2, appendNumber: 1 }), "kept");
    },
  },
  {
    title: "after lost the attempt is over, also before the next one starts",
    cites: ["append.lost"],
    async run(test) {
      const { store } = test;
      await running(store, "r");
      await store.append("r", lost(), { attempt: 1, appendNumber: 1 });
      await assertStale(test, "r", () => store.append("r", line("late"), { attempt: 1, appendNumber: 2 }));
      await assertStale(test, "r", () => store.append("r", succeeded, { attempt: 1, appendNumber: 2 }));
    },
  },
  {
    title: "an append to a run that has ended or does not exist is stale",
    cites: ["append.ended"],
    async run(test) {
      const { store } = test;
      await running(store, "r");
      await store.append("r", succeeded, { attempt: 1, appendNumber: 1 });
      for (const position of [{ attempt: 1, appendNumber: 2 }, { attempt: 1 }]) {
        await assertStale(test, "r", () => store.append("r", line("late"), position));
        await assertStale(test, "r", () => store.append("r", cancelled, position));
      }
      await store.remove("r");
      assert.equal(await store.append("r", line("late"), { attempt: 1, appendNumber: 3 }), "stale");
      assert.equal(await store.get("r"), undefined);
    },
  },
  {
    title: "an append that is made twice is kept once, also if it ended the run",
    cites: ["append.once"],
    async run({ store }) {
      await running(store, "r");
      const twice = async (entries: readonly LogAppend[], n: number) => {
        for (let i = 0; i < 2; i++)
          assert.equal(await store.append("r", entries, { attempt: 1, appendNumber: n }), "kept");
      };
      await twice(line("a"), 1);
      await twice([...line("b"), ...fact({ type: "checkpoint", step: 1 })], 2);
      assert.equal(await store.append("r", line("a"), { attempt: 1, appendNumber: 1 }), "kept");
      await twice(succeeded, 3);
      const events = await log(store, "r");
      checkLog(events);
      assert.deepEqual(typesOf(events), ["queued", "started", "log", "log", "checkpoint", "succeeded"]);
    },
  },
  {
    title: "each attempt numbers its appends from 1",
    cites: ["append.attempts"],
    async run({ store }) {
      await running(store, "r");
      for (let n = 1; n <= 5; n++) await store.append("r", line(`one ${n}`), { attempt: 1, appendNumber: n });
      await store.append("r", lost(), { attempt: 1, appendNumber: 6 });
      assert.equal(
        await store.append("r", lost(), { attempt: 1, appendNumber: 6 }),
        "kept",
        "the append of the loss, made twice",
      );
      await claimed(store, "r");
      assert.equal(await store.append("r", line("two 1"), { attempt: 2, appendNumber: 1 }), "kept");
      const events = await log(store, "r");
      checkLog(events);
      assert.deepEqual(typesOf(events).slice(-3), ["lost", "started", "log"]);
    },
  },
  {
    title: "stopping is kept for a running run, once",
    cites: ["append.stopping", "claim.none"],
    async run(test) {
      const { store } = test;
      await store.create(newRun("queued"));
      await assertStale(test, "queued", () => store.append("queued", stopping, { attempt: 0 }));
      await running(store, "r");
      const answers = await Promise.all([1, 2, 3].map(() => store.append("r", stopping, { attempt: 1 })));
      assert.deepEqual(answers.sort(), ["kept", "stale", "stale"]);
      assert.equal((await store.get("r"))?.state, "stopping");
      assert.equal(await store.claim("r"), undefined);
      assert.equal(await store.append("r", line("while stopping"), { attempt: 1, appendNumber: 1 }), "kept");
      assert.equal(await store.append("r", cancelled, { attempt: 1, appendNumber: 2 }), "kept");
      await running(store, "lost");
      await store.append("lost", lost(), { attempt: 1, appendNumber: 1 });
      await assertStale(test, "lost", () => store.append("lost", stopping, { attempt: 1 }));
    },
  },
  {
    title: "a run that is lost while it is stopping stays stopping and is not claimed again",
    cites: ["append.stopping-lost"],
    async run({ store }) {
      await running(store, "r");
      await store.append("r", stopping, { attempt: 1 });
      assert.equal(await store.append("r", lost(), { attempt: 1, appendNumber: 1 }), "kept");
      assert.equal((await store.get("r"))?.state, "stopping");
      assert.equal(await store.claim("r"), undefined);
      assert.equal(await store.append("r", cancelled, { attempt: 1, appendNumber: 2 }), "kept");
      checkLog(await log(store, "r"));
    },
  },
  {
    title: "a queued or lost run is cancelled by an append with its attempt and without appendNumber",
    cites: ["append.cancel"],
    async run({ store }) {
      await store.create(newRun("queued"));
      assert.equal(await store.append("queued", cancelled, { attempt: 0 }), "kept");
      await running(store, "lost");
      await store.append("lost", lost(), { attempt: 1, appendNumber: 1 });
      assert.equal(await store.append("lost", cancelled, { attempt: 1 }), "kept");
      for (const id of ["queued", "lost"]) {
        assert.equal((await store.get(id))?.state, "cancelled");
        assert.equal(await store.claim(id), undefined);
      }
    },
  },
];
