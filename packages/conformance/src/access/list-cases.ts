// Lists of runs: what is selected by whom, in full pages.
import assert from "node:assert/strict";
import type { Caller, ModelService, Run, RunFilter, RunSelection } from "@deepaas/core";
import { rejection } from "../expect.ts";
import { ended } from "../service/training.ts";
import { has } from "./expected.ts";
import type { AccessDraft } from "./subject.ts";

const owners = ["ann", "bob", undefined, "eve"];
const models = ["trainer", "once"] as const;
const limit = 4;

const scopeSets: readonly (readonly string[])[] = [
  ["read"],
  ["read@trainer"],
  ["train@once"],
  ["read:all"],
  ["read:all@once"],
  ["read", "read:all@once"],
  ["read@trainer", "read:all@once"],
  ["admin@trainer", "read:all@another"],
  ["read:all@another"],
];

const filters: readonly RunFilter[] = [
  {},
  { newestFirst: true },
  { owner: "ann" },
  { owner: ["bob", "ann", "nobody"] },
  { owner: [] },
  { model: "once" },
  { model: ["once", "trainer", "unknown"], newestFirst: true },
  { model: [] },
  { anyOf: [{ owner: "bob" }, { owner: "ann", model: ["trainer"] }] },
  { anyOf: [{ model: "once" }, {}], owner: "bob" },
  { anyOf: [] },
  { state: ["succeeded", "queued"], orderByMetric: "loss", descending: true },
];

function isSelected({ model, owner }: RunSelection, run: Run): boolean {
  if (model !== undefined && ![model].flat().includes(run.model)) return false;
  return owner === undefined || (run.owner !== undefined && [owner].flat().includes(run.owner));
}

/** Selects from all runs one by one. */
function expectedIds(runs: readonly Run[], filter: RunFilter, caller: Caller): readonly string[] {
  const mayRead = ({ owner, model }: Run) =>
    (caller.scopes ?? []).some((scope) => has(scope, owner === caller.id ? "read" : "read:all", model));
  const selected = runs
    .filter((run) => isSelected(filter, run) && mayRead(run))
    .filter((run) => filter.anyOf === undefined || filter.anyOf.some((one) => isSelected(one, run)))
    .map(({ id }) => id);
  return filter.newestFirst ? selected.reverse() : selected;
}

async function pagesOf(service: ModelService, filter: RunFilter, caller: Caller): Promise<readonly string[][]> {
  const pages: string[][] = [];
  let next: string | null | undefined;
  do {
    const after = next === undefined || next === null ? {} : { after: next };
    const page = await service.runs({ ...filter, limit, ...after }, { caller });
    pages.push(page.items.map(({ id }) => id));
    ({ next } = page);
  } while (next !== null);
  return pages;
}

export const listCases: readonly AccessDraft[] = [
  {
    title: "a list has the runs that the caller may read, in full pages, with every filter",
    cites: ["access.list", "access.nobody"],
    models,
    async run({ service, host }) {
      const all: Run[] = [];
      for (let i = 0; i < 24; i++) {
        const owner = owners[i % owners.length];
        const model = models[Math.floor(i / 3) % 2] as string;
        const { id } = await host.train(model, {}, { runId: `r${i}`, ...(owner && { caller: { id: owner } }) });
        all.push((await ended(host, id)).run);
      }
      for (const scopes of scopeSets) {
        const caller = { id: "ann", scopes };
        for (const filter of filters) {
          const pages = await pagesOf(service, filter, caller);
          const where = `${scopes.join(" ")} ${JSON.stringify(filter)}`;
          assert.deepEqual(pages.flat(), expectedIds(all, filter, caller), where);
          assert.ok(
            pages.slice(0, -1).every((page) => page.length === limit),
            `${where}: pages are full`,
          );
        }
      }
    },
  },
  {
    title:
      "a list of a model that the caller sees but may not read is refused, one of a model that it does not see is empty",
    cites: ["access.list", "access.model"],
    models: ["trainer", "once"],
    async run({ service, host }) {
      for (const model of models) await ended(host, (await host.train(model, {}, { caller: { id: "ann" } })).id);
      const caller = { id: "ann", scopes: ["predict@trainer", "read@another"] };
      for (const model of ["trainer", ["once", "trainer"]]) {
        const { message } = await rejection(service.runs({ model }, { caller }), "permission_denied");
        assert.match(message, /scope read or read@trainer/);
      }
      for (const model of ["once", "another", "unknown", ["once", "unknown"]])
        assert.deepEqual(await service.runs({ model }, { caller }), { items: [], next: null });
    },
  },
  {
    title: "a filter that is invalid is invalid for every caller",
    cites: ["access.list"],
    models: ["trainer"],
    async run({ service }) {
      const invalid = [{ limit: 0 }, { anyOf: [{ state: "queued" }] }, { anyOf: [7] }, { anyOf: [{ owner: [7] }] }];
      for (const scopes of [["read"], ["read:all"], ["read", "read:all@trainer"]]) {
        for (const filter of invalid) {
          const call = service.runs(filter as unknown as RunFilter, { caller: { id: "ann", scopes } });
          await rejection(call, "invalid_args");
        }
      }
    },
  },
];
