// What the service shows of itself to whom.
import assert from "node:assert/strict";
import { memoryStore } from "@deepaas/core/ports";
import { collect } from "../expect.ts";
import type { AccessDraft } from "./subject.ts";

const problem = "the disk is full";

export const shownCases: readonly AccessDraft[] = [
  {
    title:
      "models and stats have the models for which the caller has a scope, stats their runs for those who may read all",
    cites: ["access.shown"],
    models: ["echo", "stream", "trainer"],
    async run({ service }) {
      const root = { id: "root", scopes: ["admin"] };
      const { id } = await service.train("trainer", {}, { caller: root });
      await collect(service.watch(id, { caller: root }));
      const shown: readonly (readonly [
        scopes: readonly string[],
        models: readonly string[],
        runs: readonly string[],
      ])[] = [
        [["read"], ["echo", "stream", "trainer"], []],
        [["predict@stream", "admin@trainer"], ["stream", "trainer"], ["trainer"]],
        [["read:all@echo", "train@unknown"], ["echo"], []],
      ];
      for (const [scopes, models, runs] of shown) {
        const caller = { id: "ann", scopes };
        const metadata = await service.models({ caller });
        assert.deepEqual(
          metadata.map(({ servedAs }) => servedAs),
          models,
        );
        const stats = await service.stats({ caller });
        assert.deepEqual(
          stats.models.map(({ model }) => model),
          models,
        );
        assert.deepEqual(
          stats.runs.map(({ model }) => model),
          runs,
        );
      }
    },
  },
  {
    title: "reasons, workers, memory and store are shown to admin only, for all models",
    cites: ["access.shown", "access.status"],
    models: ["echo"],
    options: () => ({ store: { ...memoryStore(), problem: () => problem } }),
    async run({ service }) {
      for (const scopes of [["read:all", "train", "predict"], ["admin@echo"]]) {
        const caller = { id: "ann", scopes };
        const stats = await service.stats({ caller });
        assert.doesNotMatch(JSON.stringify(stats), new RegExp(problem));
        assert.deepEqual(
          [stats.workers, stats.lostWorkers, stats.store, stats.rssBytes, stats.watchers],
          [[], { count: 0, byReason: {} }, { kind: "other" }, undefined, { count: 0, mostBehind: 0 }],
        );
        assert.deepEqual(await service.status({ caller }), { state: "degraded", reasons: [] });
      }
      assert.deepEqual(await service.status(), { state: "degraded", reasons: [] });
      const caller = { id: "root", scopes: ["admin"] };
      const { store, rssBytes, status } = await service.stats({ caller });
      assert.equal(store.kind, "memory");
      assert.match(store.problem ?? "", new RegExp(problem));
      assert.ok(rssBytes);
      assert.equal(status.reasons.length, 1);
      assert.deepEqual(await service.status({ caller }), status);
    },
  },
];
