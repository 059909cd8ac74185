import assert from "node:assert/strict";
import { DeepaasError, isTerminal, type RunEvent } from "@deepaas/core";
import { copyRuns, memoryBlobs, memoryStore, type RunPlaces, type RunStore, type StoredRun } from "@deepaas/core/ports";
import { rejection } from "../expect.ts";
import type { Random } from "../random.ts";
import { answersOf, claimOf, fill, listsOf } from "./filled-store.ts";
import { log, running, type StoreDraft, stopping, version } from "./subject.ts";

const places = () => ({ store: memoryStore(), blobs: memoryBlobs() });
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

/** An ended run of another store, and its log. */
function endedRun(id: string, length: number): { readonly stored: StoredRun; readonly events: readonly RunEvent[] } {
  const events = Array.from({ length }, (_, i): RunEvent => {
    const seq = i + 1;
    // Some have the same time, as those of one append.
    const time = { seq, at: at(Math.floor(i / 3)) };
    if (i === 0) return { ...time, type: "queued" };
    if (i === 1) return { ...time, type: "started", attempt: 1 };
    return i === length - 1 ? { ...time, type: "succeeded", result: 1 } : { ...time, type: "progress", step: i };
  });
  const [createdAt, startedAt, endedAt] = [at(0), at(0), events.at(-1)?.at ?? ""];
  const stored: StoredRun = {
    run: {
      ...{ id, model: "m", state: "succeeded", attempt: 1, args: { a: 1 }, createdAt, startedAt, endedAt },
      ...{ firstSeq: 1, lastSeq: length, progress: { step: length - 2 }, artifacts: [], result: 1 },
    },
    ...{ fingerprint: "f", private: { secrets: {}, files: {} }, checkpoints: [], artifacts: [] },
    ...{ lostInARow: 0, stateAt: endedAt, endedAs: 1 },
  };
  return { stored, events };
}

/** A store in memory is filled and copied to `store`, and that to another one in memory. */
export async function copiesAnswerAlike(store: RunStore, random: Random): Promise<void> {
  const first = places();
  const copy = { store, blobs: memoryBlobs() };
  const last = places();
  const ids = await fill(first, random);
  const held = new Set((await first.store.list({ state: ["running", "stopping"] })).items.map(({ id }) => id));
  const { runs, versions } = await copyRuns({ from: first, to: copy });
  assert.deepEqual([runs, versions], [ids.length, await versionsOf(first.store)]);
  const again = await copyRuns({ from: first, to: copy });
  assert.deepEqual(again, { runs: 0, there: ids.length, events: 0, files: 0, bytes: 0, versions: 0 });
  await copyRuns({ from: copy, to: last });
  // Ends what was held, as the copy did.
  await first.store.open({ id: "next" });
  const all = [first, copy, last] as const;
  const answers = await Promise.all(all.map((one) => Promise.all(ids.map((id) => answersOf(one, id, held.has(id))))));
  const lists = await Promise.all(all.map(listsOf));
  for (const one of all) await one.store.retain({ keepRuns: 2 });
  const left = await Promise.all(all.map(leftIn));
  for (const found of [answers, lists, left]) {
    assert.deepEqual(found[1], found[0], "the copy answers as the first store");
    assert.deepEqual(found[2], found[0], "a copy of the copy answers as the first store");
  }
}

async function versionsOf({ transfer }: RunStore): Promise<number> {
  return ((await transfer?.models()) ?? []).reduce((sum, { versions }) => sum + versions.length, 0);
}

/** The runs after a retention, and what a node gets with the next attempt of each that has not ended. */
async function leftIn({ store }: RunPlaces) {
  const { items } = await store.list({});
  return Promise.all(
    items.map(async ({ id, state }) => ({ id, claim: !isTerminal(state) && (await claimOf(store, id)) })),
  );
}

export const transferCases: readonly StoreDraft[] = [
  {
    title: "a run is added as it is, in parts, once; another one with its id is refused",
    cites: ["transfer.same", "transfer.again"],
    async run({ store }) {
      if (!store.transfer) return;
      const { stored, events } = endedRun("r", 6_000);
      const read = async (after: number, limit: number) => events.slice(after, after + limit);
      assert.equal(await store.transfer.addRun(stored, read), true);
      assert.deepEqual(await store.get("r"), stored.run);
      assert.deepEqual(await log(store, "r"), events);
      assert.equal(await store.transfer.addRun(stored, read), false);
      for (const other of [{ fingerprint: "g" }, { run: { ...stored.run, createdAt: at(1) } }]) {
        await rejection(store.transfer.addRun({ ...stored, ...other }, read), "already_exists");
      }
      assert.deepEqual(await store.transfer.run("r"), stored);
      assert.equal(await store.transfer.run("unknown"), undefined);
    },
  },
  {
    title: "a run whose log cannot be read to its end is not added, and can be added again",
    cites: ["transfer.whole"],
    async run({ store }) {
      const { transfer } = store;
      if (!transfer) return;
      const { stored, events } = endedRun("r", 6_000);
      const failing = async (after: number, limit: number) => {
        if (after > 0) throw new DeepaasError("unavailable", "It is out of reach.");
        return events.slice(after, after + limit);
      };
      await rejection(transfer.addRun(stored, failing), "unavailable");
      const short = async (after: number, limit: number) => events.slice(after, Math.min(after + limit, 5_500));
      await rejection(transfer.addRun(stored, short), "internal");
      assert.equal(await store.get("r"), undefined);
      assert.deepEqual((await store.list({})).items, []);
      await transfer.addRun(stored, async (after, limit) => events.slice(after, after + limit));
      assert.deepEqual(await log(store, "r"), events);
    },
  },
  {
    title: "of a run that is added, the last events are kept",
    cites: ["transfer.trimmed"],
    needs: ["trim"],
    keepEvents: 5,
    async run({ store }) {
      if (!store.transfer) return;
      const { stored, events } = endedRun("r", 20);
      await store.transfer.addRun(stored, async (after, limit) => events.slice(after, after + limit));
      assert.deepEqual(await store.read("r", 15, 100), events.slice(15));
      assert.equal((await store.get("r"))?.firstSeq, 16);
      await rejection(store.read("r", 14, 1), "out_of_range");
    },
  },
  {
    title: "a run that was running is lost at the next open, and one that was stopping is cancelled",
    cites: ["transfer.held"],
    needs: ["reopen"],
    async run({ store, reopen }) {
      if (!store.transfer) return;
      const from = places();
      await running(from.store, "runs");
      await running(from.store, "stops");
      await from.store.append("stops", stopping, { attempt: 1 });
      for (const id of ["runs", "stops"]) {
        const stored = (await from.store.transfer?.run(id)) ?? assert.fail();
        await store.transfer.addRun(stored, (after, limit) => from.store.read(id, after, limit));
        assert.equal(await store.claim(id), undefined, "it is held");
      }
      const next = await reopen();
      assert.deepEqual(next.pending, [{ runId: "runs", model: "m" }]);
      assert.deepEqual(
        (await log(next.store, "runs")).map(({ type }) => type),
        ["queued", "started", "lost"],
      );
      assert.equal((await next.store.get("stops"))?.state, "cancelled");
    },
  },
  {
    title:
      "the weights of a model are added once; the next version gets a new number, and the next change the next revision",
    cites: ["transfer.same", "transfer.again"],
    async run({ store }) {
      if (!store.transfer) return;
      const from = places();
      for (const name of ["a", "b", "c"]) await from.store.addVersion(version(name));
      await from.store.serveVersion("m", { revision: 0, to: 2, reason: "better" });
      await from.store.removeVersion("m", 3);
      const [stored] = (await from.store.transfer?.models()) ?? [];
      assert.ok(stored);
      const woken: string[] = [];
      const end = store.subscribeServed((model) => void woken.push(model));
      assert.equal(await store.transfer.addModel(stored), true);
      assert.equal(await store.transfer.addModel({ ...stored, served: 1 }), false);
      end();
      assert.ok(woken.includes("m"), "who follows the served version is woken");
      assert.deepEqual(await store.transfer.models(), [stored]);
      assert.deepEqual(await store.versions("m"), await from.store.versions("m"));
      assert.equal(await store.isKept("b"), true);
      const added = await store.addVersion(version("d"));
      assert.equal(added !== "stale" && added.number, 4);
      assert.equal(await store.serveVersion("m", { revision: 1, to: 4, reason: "newer" }), "kept");
      assert.equal((await store.versions("m")).history.length, 2);
    },
  },
];
