import assert from "node:assert/strict";
import type { RunStore } from "@deepaas/core/ports";
import { rejection } from "../expect.ts";
import { blob, claimed, lost, running, type StoreDraft, succeeded, version } from "./subject.ts";

const numbersOf = async (store: RunStore, model = "m") =>
  (await store.versions(model)).versions.map(({ number }) => number);
const serve = async (store: RunStore, to: number) => {
  const { revision } = await store.versions("m");
  return store.serveVersion("m", { to, revision, reason: "because" });
};
const publish = (id: string) => [{ fact: { type: "published" }, blob: blob(id) } as const];

export const versionCases: readonly StoreDraft[] = [
  {
    title: "a model without versions serves the shipped weights",
    cites: ["versions.none"],
    async run({ store }) {
      const none = { served: 0, revision: 0, versions: [], history: [] };
      assert.deepEqual(await store.versions("m"), none);
      assert.deepEqual(await store.versions("constructor"), none);
    },
  },
  {
    title: "versions are numbered for each model, with everything that is known about them",
    cites: ["versions.number"],
    async run({ store }) {
      const known = {
        runId: "r",
        owner: "ann",
        metrics: { acc: 0.5, loss: "NaN" },
        sha256: "ab",
        result: { a: [1] },
      } as const;
      await running(store, "r");
      const added = await store.addVersion({ model: "m", blob: blob("w"), ...known }, 1);
      assert.ok(added !== "stale");
      assert.match(added.createdAt, /^\d{4}-\d\d-\d\dT/);
      assert.deepEqual(added, { number: 1, createdAt: added.createdAt, blob: blob("w"), ...known });
      await store.addVersion(version("x"));
      await store.addVersion({ ...version("y"), model: "other" });
      assert.deepEqual([await numbersOf(store), await numbersOf(store, "other")], [[1, 2], [1]]);
      assert.deepEqual((await store.versions("m")).versions[0], added);
    },
  },
  {
    title: "a number is not used again after the version was removed",
    cites: ["versions.number", "versions.remove"],
    async run({ store, freed }) {
      for (const id of ["a", "b"]) await store.addVersion(version(id));
      await store.removeVersion("m", 2);
      await store.removeVersion("m", 1);
      assert.deepEqual(freed, ["b", "a"]);
      const added = await store.addVersion(version("c"));
      assert.deepEqual([added !== "stale" && added.number, await numbersOf(store)], [3, [3]]);
    },
  },
  {
    title: "a run has one version",
    cites: ["versions.run"],
    async run({ store }) {
      await running(store, "r");
      const first = await store.addVersion({ ...version("a"), runId: "r" }, 1);
      assert.deepEqual(await store.addVersion({ ...version("b"), runId: "r" }, 1), first);
      assert.deepEqual(await numbersOf(store), [1]);
    },
  },
  {
    title: "an attempt that is over makes no version",
    cites: ["versions.fenced"],
    async run({ store }) {
      await running(store, "r");
      await store.append("r", lost(), { attempt: 1, appendNumber: 1 });
      await claimed(store, "r");
      const made = { ...version("a"), runId: "r" };
      assert.equal(await store.addVersion(made, 1), "stale");
      await store.append("r", succeeded, { attempt: 2, appendNumber: 1 });
      assert.equal(await store.addVersion(made, 2), "stale");
      assert.equal(await store.addVersion({ ...made, runId: "unknown" }, 1), "stale");
      assert.deepEqual(await numbersOf(store), []);
    },
  },
  {
    title: "the served version changes back and forward, and the history says who, when and why",
    cites: ["versions.serve"],
    async run({ store }) {
      for (const id of ["a", "b"]) await store.addVersion(version(id));
      assert.equal(await store.serveVersion("m", { to: 2, revision: 0, by: "ann", reason: "better" }), "kept");
      assert.equal(await store.serveVersion("m", { to: 0, revision: 1, reason: "worse" }), "kept");
      const { served, revision, history } = await store.versions("m");
      assert.deepEqual([served, revision], [0, 2]);
      assert.deepEqual(
        history.map(({ at: _when, ...change }) => change),
        [
          { from: 0, to: 2, by: "ann", reason: "better" },
          { from: 2, to: 0, reason: "worse" },
        ],
      );
      for (const { at } of history) assert.match(at, /^\d{4}-\d\d-\d\dT/);
      await rejection(store.serveVersion("m", { to: 3, revision: 2, reason: "" }), "not_found");
      await rejection(store.serveVersion("other", { to: 1, revision: 0, reason: "" }), "not_found");
    },
  },
  {
    title: "the history has the last 100 changes",
    cites: ["versions.serve"],
    async run({ store }) {
      await store.addVersion(version("a"));
      for (let i = 0; i < 103; i++) await serve(store, (i + 1) % 2);
      const { revision, history } = await store.versions("m");
      assert.deepEqual([revision, history.length], [103, 100]);
      for (const [i, { from }] of history.entries()) if (i > 0) assert.equal(from, history[i - 1]?.to);
    },
  },
  {
    title: "a change that is based on an old revision is stale; of many at once, one is kept",
    cites: ["versions.revision"],
    async run({ store }) {
      for (const id of ["a", "b"]) await store.addVersion(version(id));
      const all = [1, 2, 1, 2].map((to) => store.serveVersion("m", { to, revision: 0, reason: "race" }));
      const answers = await Promise.all(all);
      assert.deepEqual(answers.toSorted(), ["kept", "stale", "stale", "stale"]);
      const before = await store.versions("m");
      assert.equal(await store.serveVersion("m", { to: 0, revision: 0, reason: "late" }), "stale");
      assert.deepEqual(await store.versions("m"), before);
    },
  },
  {
    title: "the served version and an unknown one cannot be removed",
    cites: ["versions.remove"],
    async run({ store, freed }) {
      await store.addVersion(version("a"));
      await serve(store, 1);
      await rejection(store.removeVersion("m", 1), "failed_precondition");
      await rejection(store.removeVersion("m", 2), "not_found");
      await rejection(store.removeVersion("other", 1), "not_found");
      assert.deepEqual([freed, await numbersOf(store)], [[], [1]]);
      await serve(store, 0);
      await store.removeVersion("m", 1);
      assert.deepEqual([freed, await numbersOf(store)], [["a"], []]);
    },
  },
  {
    title: "a version outlives its run, and its file goes with the version",
    cites: ["versions.blobs", "remove.blobs", "kept.blobs"],
    async run({ store, freed }) {
      await running(store, "r", { private: { secrets: {}, files: { f: blob("file") } } });
      await store.append("r", publish("old"), { attempt: 1, appendNumber: 1 });
      await store.append("r", publish("w"), { attempt: 1, appendNumber: 2 });
      assert.deepEqual(freed, ["old"]);
      await store.addVersion({ ...version("w"), runId: "r" }, 1);
      await store.append("r", succeeded, { attempt: 1, appendNumber: 3 });
      await store.remove("r");
      assert.deepEqual([freed, await store.isKept("w")], [["old", "file"], true]);
      await store.removeVersion("m", 1);
      assert.deepEqual([freed, await store.isKept("w")], [["old", "file", "w"], false]);
    },
  },
  {
    title: "while a run still refers to the file of a version, it stays without the version",
    cites: ["versions.blobs"],
    async run({ store, freed }) {
      await running(store, "r");
      await store.append("r", publish("w"), { attempt: 1, appendNumber: 1 });
      await store.addVersion({ ...version("w"), runId: "r" }, 1);
      await store.removeVersion("m", 1);
      assert.deepEqual([freed, await store.isKept("w")], [[], true]);
      await store.append("r", succeeded, { attempt: 1, appendNumber: 2 });
      assert.deepEqual([freed, await store.isKept("w")], [["w"], false]);
    },
  },
  {
    title: "weights of a run that does not succeed stay with the run and become no version",
    cites: ["versions.blobs", "free.once"],
    async run({ store, freed }) {
      await running(store, "r");
      await store.append(
        "r",
        [...publish("w"), { fact: { type: "failed", error: { code: "internal", message: "" } } }],
        {
          attempt: 1,
          appendNumber: 1,
        },
      );
      assert.deepEqual([freed, await numbersOf(store)], [[], []]);
      await store.remove("r");
      assert.deepEqual(freed, ["w"]);
    },
  },
  {
    title: "a subscriber is woken with the model until it ends its subscription",
    cites: ["versions.wake"],
    async run({ store }) {
      await store.addVersion(version("a"));
      const woken: string[] = [];
      const end = store.subscribeServed((model) => woken.push(model));
      await serve(store, 1);
      assert.deepEqual(new Set(woken), new Set(["m"]));
      end();
      woken.length = 0;
      await serve(store, 0);
      assert.deepEqual(woken, []);
    },
  },
];
