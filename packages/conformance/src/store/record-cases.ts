import assert from "node:assert/strict";
import type { JsonObject, Run } from "@deepaas/core";
import type { RunStore } from "@deepaas/core/ports";
import { rejection } from "../expect.ts";
import { typesOf } from "../run-log.ts";
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
  succeeded,
  traceparent,
  version,
} from "./subject.ts";

export const recordCases: readonly StoreDraft[] = [
  {
    title: "a new run is queued, with its first event",
    cites: ["create.queued"],
    async run({ store }) {
      const { run, created } = await store.create(newRun("r", { args: { text: "ä", list: [1, null] } }));
      assert.equal(created, true);
      const { createdAt, ...rest } = run;
      assert.match(createdAt, /^\d{4}-.*Z$/);
      const empty = { state: "queued", attempt: 0, firstSeq: 1, lastSeq: 1, artifacts: [] };
      assert.deepEqual(rest, { id: "r", model: "m", args: { text: "ä", list: [1, null] }, ...empty });
      assert.deepEqual(await store.get("r"), run);
      const [first, ...others] = await log(store, "r");
      assert.deepEqual([first?.seq, first?.type, others], [1, "queued", []]);
    },
  },
  {
    title: "create with the same id returns the existing run, also at the same time and after its end",
    cites: ["create.again"],
    async run({ store }) {
      const all = await Promise.all([1, 2, 3, 4].map(() => store.create(newRun("r"))));
      assert.equal(all.filter(({ created }) => created).length, 1);
      await claimed(store, "r");
      await store.append("r", succeeded, { attempt: 1, appendNumber: 1 });
      const { run, created } = await store.create(newRun("r"));
      assert.deepEqual([run.state, created], ["succeeded", false]);
      assert.equal((await log(store, "r")).length, 3);
    },
  },
  {
    title: "the id of another run rejects already_exists",
    cites: ["create.taken"],
    async run({ store }) {
      const { run } = await store.create(newRun("r"));
      await rejection(store.create(newRun("r", { fingerprint: "g" })), "already_exists");
      await rejection(store.create(newRun("r", { model: "n" })), "already_exists");
      assert.deepEqual(await store.get("r"), run);
    },
  },
  {
    title: "a claim starts and records the next attempt, and has the secrets, the files and the trace context",
    cites: ["claim.started"],
    async run({ store }) {
      const files = { one: blob("a"), list: [blob("b"), blob("c")] };
      const privateData = { secrets: { key: "s3cret" }, files, traceparent };
      const claim = await running(store, "r", { private: privateData });
      assert.deepEqual(claim.private, privateData);
      assert.deepEqual(
        [claim.run.state, claim.run.attempt, claim.lostInARow, claim.checkpoints],
        ["running", 1, 0, []],
      );
      assert.deepEqual(await store.get("r"), claim.run);
      assert.deepEqual(typesOf(await log(store, "r")), ["queued", "started"]);
      await store.append("r", lost(), { attempt: 1, appendNumber: 1 });
      const again = await claimed(store, "r");
      assert.deepEqual([again.run.attempt, again.private], [2, privateData]);
      assert.equal(again.run.startedAt, claim.run.startedAt, "the start is that of the first attempt");
    },
  },
  {
    title: "of several claims at the same time one succeeds, and a held run is not claimed",
    cites: ["claim.one"],
    async run({ store }) {
      await store.create(newRun("r"));
      const claims = await Promise.all([1, 2, 3, 4].map(() => store.claim("r")));
      assert.equal(claims.filter(Boolean).length, 1);
      assert.equal(await store.claim("r"), undefined);
      assert.equal((await log(store, "r")).length, 2);
    },
  },
  {
    title: "a run that does not exist or has ended is not claimed",
    cites: ["claim.none"],
    async run({ store }) {
      assert.equal(await store.claim("unknown"), undefined);
      await running(store, "r");
      await store.append("r", succeeded, { attempt: 1, appendNumber: 1 });
      assert.equal(await store.claim("r"), undefined);
    },
  },
  {
    title: "a claim has the last two checkpoints with data and blob, the newest last",
    cites: ["claim.checkpoints", "checkpoint.newest"],
    async run({ store }) {
      const newest = async () => store.newestCheckpoint?.("r");
      await running(store, "r");
      assert.equal(await newest(), undefined);
      for (const step of [1, 2, 3]) {
        const entry = {
          fact: { type: "checkpoint", step },
          data: { step, deep: [null] },
          blob: blob(`c${step}`),
          version: "1.2",
        } as const;
        await store.append("r", [entry], { attempt: 1, appendNumber: step });
      }
      await store.append("r", lost(), { attempt: 1, appendNumber: 4 });
      if (store.newestCheckpoint) assert.equal((await newest())?.step, 3);
      const expected = [2, 3].map((step) => ({
        step,
        data: { step, deep: [null] },
        blob: blob(`c${step}`),
        version: "1.2",
      }));
      assert.deepEqual((await claimed(store, "r")).checkpoints, expected);
      await store.append("r", [...fact({ type: "checkpoint", step: 2 }), ...lost()], { attempt: 2, appendNumber: 1 });
      assert.deepEqual((await claimed(store, "r")).checkpoints, [expected[1], { step: 2 }], "steps may go back");
      if (store.newestCheckpoint) assert.deepEqual(await newest(), { step: 2 });
      assert.deepEqual((await store.get("r"))?.checkpoint, { step: 2 });
    },
  },
  {
    title:
      "lost attempts in a row are counted: a checkpoint resets the count, and an uncounted loss does not change it",
    cites: ["claim.lost"],
    async run({ store }) {
      const counts = [(await running(store, "r")).lostInARow];
      const plans = [
        lost(),
        lost(false),
        lost(),
        [...fact({ type: "checkpoint", step: 1 }), ...lost()],
        lost(false),
        lost(),
      ];
      for (const [i, entries] of plans.entries()) {
        await store.append("r", entries, { attempt: i + 1, appendNumber: 1 });
        counts.push((await claimed(store, "r")).lostInARow);
      }
      assert.deepEqual(counts, [0, 1, 1, 2, 1, 1, 2]);
    },
  },
  {
    title: "a claim has the weights that an earlier attempt published",
    cites: ["claim.published"],
    async run({ store }) {
      assert.equal((await running(store, "r")).published, undefined);
      const publication = { metrics: { acc: 0.5, loss: "NaN" }, promote: "ask" } as const;
      const entries = ["one", "two"].map(
        (id) => ({ fact: { type: "published" }, blob: blob(id), publication }) as const,
      );
      await store.append("r", [...entries, ...lost()], { attempt: 1, appendNumber: 1 });
      assert.deepEqual((await claimed(store, "r")).published, { ...publication, blob: blob("two") });
    },
  },
  {
    title: "an unknown run rejects not_found; get returns undefined",
    cites: ["read.unknown"],
    async run({ store }) {
      assert.equal(await store.get("unknown"), undefined);
      await rejection(store.read("unknown", 0, 10), "not_found");
      await rejection(store.artifact("unknown", "a"), "not_found");
      await rejection(store.remove("unknown"), "not_found");
    },
  },
  {
    title: "changing passed or returned objects does not change the store",
    cites: ["read.own"],
    async run({ store }) {
      const args: JsonObject & { list?: unknown } = { list: [1] };
      const { run } = await store.create(newRun("r", { args: structuredClone(args) }));
      await claimed(store, "r");
      await store.append("r", line("a"), { attempt: 1, appendNumber: 1 });
      const before = JSON.stringify([await store.get("r"), await log(store, "r")]);
      const events = (await log(store, "r")) as unknown as { text?: string }[];
      for (const change of [
        () => ((events[2] as { text: string }).text = "b"),
        () => events.push({}),
        () => ((run as { state: string }).state = "failed"),
      ]) {
        try {
          change();
        } catch {
          // A frozen object is as good as a copy.
        }
      }
      assert.equal(JSON.stringify([await store.get("r"), await log(store, "r")]), before);
    },
  },
  {
    title: "artifact returns the newest blob of a name",
    cites: ["artifact.newest"],
    async run({ store }) {
      await running(store, "r");
      const entries = ["one", "two"].map(
        (id) => ({ fact: { type: "artifact", name: "a", size: 3, contentType: "x/y" }, blob: blob(id) }) as const,
      );
      await store.append("r", entries, { attempt: 1, appendNumber: 1 });
      assert.deepEqual(await store.artifact("r", "a"), blob("two"));
      assert.equal(await store.artifact("r", "b"), undefined);
      assert.equal(await store.artifact("r", "constructor"), undefined);
    },
  },
  {
    title: "replaced artifacts and checkpoints older than the last two are freed",
    cites: ["free.once"],
    async run({ store, freed }) {
      await running(store, "r");
      const checkpoint = (step: number, id?: string) => ({
        fact: { type: "checkpoint", step } as const,
        ...(id !== undefined && { blob: blob(id) }),
      });
      const artifact = (id: string) => ({
        fact: { type: "artifact", name: "x", size: 1, contentType: "x/y" } as const,
        blob: blob(id),
      });
      await store.append("r", [checkpoint(1, "c1"), checkpoint(2), artifact("a1")], { attempt: 1, appendNumber: 1 });
      assert.deepEqual(freed, []);
      await store.append("r", [checkpoint(3, "c3"), artifact("a2")], { attempt: 1, appendNumber: 2 });
      assert.deepEqual(freed, ["c1", "a1"]);
      await store.append("r", succeeded, { attempt: 1, appendNumber: 3 });
      await store.remove("r");
      assert.deepEqual(new Set(freed), new Set(["a1", "a2", "c1", "c3"]));
    },
  },
  {
    title: "retain removes ended runs beyond keepRuns, in the order of their ends, and no other runs",
    cites: ["retain.runs"],
    async run({ store, freed }) {
      await running(store, "running");
      await running(store, "long");
      await endedWith(store, "a");
      await endedWith(store, "b");
      // The order of the ends counts, also if their times are equal.
      await store.append("long", succeeded, { attempt: 1, appendNumber: 1 });
      await store.retain({ keepRuns: 2, keepDays: 1, maxBytes: 1_000_000 });
      assert.deepEqual(await idsOf(store), ["running", "long", "b"]);
      assert.deepEqual(freed, ["a1"]);
      await store.retain({ keepRuns: 2 });
      assert.deepEqual(await idsOf(store), ["running", "long", "b"]);
      await store.retain({ keepRuns: 1 });
      assert.deepEqual(
        await idsOf(store),
        ["running", "long"],
        "the run that ended last stays, although it was created first",
      );
      await laterThan(store, "long");
      await store.retain({ keepRuns: 2, keepDays: 0 });
      assert.deepEqual(await idsOf(store), ["running"]);
      await rejection(store.read("long", 0, 1), "not_found");
    },
  },
  {
    title: "retain removes ended runs until the rest is within maxBytes",
    cites: ["retain.bytes", "kept.blobs"],
    async run({ store, freed }) {
      const large = 1_000_000_000;
      await endedWith(store, "a", large);
      await endedWith(store, "b", large);
      await endedWith(store, "c", large);
      await running(store, "running");
      await store.retain({ keepRuns: 10, maxBytes: 2.5 * large });
      assert.deepEqual(await idsOf(store), ["b", "c", "running"]);
      assert.deepEqual(freed, ["a1"]);
      await store.retain({ keepRuns: 10, maxBytes: 0 });
      assert.deepEqual(await idsOf(store), ["c", "running"], "the last ended run stays: its end may still be read");
    },
  },
  {
    title: "usage has the queued runs of an owner, and the bytes of all its runs",
    cites: ["usage.owner"],
    async run({ store }) {
      if (!store.usage) return;
      const large = 1_000_000_000;
      const file = (id: string) => ({ private: { secrets: {}, files: { one: { ...blob(id), size: large } } } });
      const usage = async (owner: string) => {
        const { queued, bytes } = await (store.usage as NonNullable<RunStore["usage"]>)(owner);
        assert.ok(Number.isSafeInteger(bytes), `${bytes} bytes`);
        // Logs are small.
        return [queued, Math.floor(bytes / large)];
      };
      assert.deepEqual(await usage("ann"), [0, 0]);
      for (const id of ["a", "b", "c"]) await store.create(newRun(id, { owner: "ann", ...file(id) }));
      await store.create(newRun("d", { owner: "bob", ...file("d") }));
      await store.create(newRun("e", file("e")));
      assert.deepEqual(
        [await usage("ann"), await usage("bob"), await usage("eve")],
        [
          [3, 3],
          [1, 1],
          [0, 0],
        ],
      );
      await store.claim("a");
      assert.deepEqual(await usage("ann"), [2, 3]);
      const artifact = { fact: { type: "artifact", name: "x", size: large, contentType: "text/plain" } } as const;
      await store.append("a", [{ ...artifact, blob: { ...blob("x"), size: large } }], { attempt: 1, appendNumber: 1 });
      assert.deepEqual(await usage("ann"), [2, 4]);
      await store.append("a", succeeded, { attempt: 1, appendNumber: 2 });
      await store.remove("a");
      assert.deepEqual(await usage("ann"), [2, 2]);
    },
  },
  {
    title: "isKept is true while a run or a version refers to a blob",
    cites: ["kept.blobs"],
    async run({ store }) {
      const isKept = () => Promise.all(["a", "b", "c", "d", "x"].map((id) => store.isKept(id)));
      await running(store, "r", { private: { secrets: {}, files: { one: blob("a"), list: [blob("b")] } } });
      assert.deepEqual(await isKept(), [true, true, false, false, false]);
      const entries = [
        { fact: { type: "checkpoint", step: 1 }, blob: blob("c") },
        { fact: { type: "published" }, blob: blob("d") },
      ] as const;
      await store.append("r", entries, { attempt: 1, appendNumber: 1 });
      assert.deepEqual(await isKept(), [true, true, true, true, false]);
      await store.addVersion({ ...version("d"), runId: "r" }, 1);
      await store.append("r", succeeded, { attempt: 1, appendNumber: 2 });
      assert.deepEqual(await isKept(), [true, true, true, true, false]);
      await store.remove("r");
      assert.deepEqual(await isKept(), [false, false, false, true, false]);
    },
  },
  {
    title: "only an ended run can be removed, and its blobs are freed",
    cites: ["remove.ended", "remove.blobs"],
    async run({ store, freed }) {
      await store.create(newRun("queued"));
      await running(store, "r", { private: { secrets: {}, files: { one: blob("a"), list: [blob("b"), blob("c")] } } });
      for (const id of ["queued", "r"]) await rejection(store.remove(id), "failed_precondition");
      const entries = [
        { fact: { type: "checkpoint", step: 1 }, blob: blob("d") },
        { fact: { type: "artifact", name: "x", size: 1, contentType: "x/y" }, blob: blob("e") },
      ] as const;
      await store.append("r", [...entries, ...succeeded], { attempt: 1, appendNumber: 1 });
      await store.remove("r");
      assert.deepEqual(new Set(freed), new Set(["a", "b", "c", "d", "e"]));
      assert.equal(await store.get("r"), undefined);
      await rejection(store.read("r", 0, 1), "not_found");
      assert.equal((await store.create(newRun("r", { fingerprint: "new" }))).created, true);
      assert.equal((await log(store, "r")).length, 1);
    },
  },
];

/** Makes a succeeded run with one artifact, the blob `${id}1`. */
async function endedWith(store: RunStore, id: string, size = 1): Promise<void> {
  await running(store, id);
  const artifact = { type: "artifact", name: "x", size, contentType: "x/y" } as const;
  await store.append(id, [{ fact: artifact, blob: { ...blob(`${id}1`), size } }, ...succeeded], {
    attempt: 1,
    appendNumber: 1,
  });
}

/** Waits until the clock is past the end of a run. */
async function laterThan(store: RunStore, id: string): Promise<void> {
  const { endedAt } = (await store.get(id)) as Run;
  while (Date.now() <= Date.parse(endedAt as string) + 1);
}

async function idsOf(store: RunStore): Promise<string[]> {
  return (await store.list({})).items.map(({ id }) => id);
}
