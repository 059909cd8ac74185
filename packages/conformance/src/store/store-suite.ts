// Everything that a `RunStore` must do, whatever it keeps its records in.
import { holdsForSeeds } from "../holds-for-seeds.ts";
import { type Case, casesFrom, type SuiteOptions } from "../suite.ts";
import { appendCases } from "./append-cases.ts";
import { cursorsAddUp } from "./cursor-property.ts";
import { openCases } from "./open-cases.ts";
import { operationsAgree } from "./operations-property.ts";
import { readCases } from "./read-cases.ts";
import { recordCases } from "./record-cases.ts";
import type { StoreCapability, StoreDraft, StoreSetup, StoreSubject } from "./subject.ts";
import { watchMissesNothing } from "./watch-property.ts";

const propertyCases: readonly StoreDraft[] = [
  {
    title: "whenever wake-ups come, and watchers come and go, each gets every event once and ends",
    cites: ["wake.watch", "cursor.any"],
    run: ({ store }) => holdsForSeeds((random) => watchMissesNothing(store, random), { runs: 60 }),
  },
  {
    title: "from any cursor, in any pieces, the events are those of the log, each once",
    cites: ["cursor.any"],
    run: ({ store }) => holdsForSeeds((random) => cursorsAddUp(store, random)),
  },
  {
    title: "also while the log is trimmed",
    cites: ["cursor.any", "read.trimmed"],
    needs: ["trim"],
    keepEvents: 5,
    run: ({ store }) => holdsForSeeds((random) => cursorsAddUp(store, random)),
  },
  {
    title: "whatever calls come in whatever order, the log is dense and the record agrees",
    cites: ["ops.model", "record.fold", "append.once", "append.fenced"],
    run: ({ store }) => holdsForSeeds((random) => operationsAgree(store, random), { runs: 150 }),
  },
];

const drafts = [...recordCases, ...appendCases, ...readCases, ...openCases, ...propertyCases];

/** `make` is called once for each case, and gives a store that is empty and opened. */
export function storeSuite(
  make: (setup: StoreSetup) => Promise<StoreSubject>,
  options: SuiteOptions<StoreCapability> = {},
): readonly Case[] {
  const open = async ({ run, keepEvents, inline = false }: StoreDraft) => {
    const freed: string[] = [];
    const subject = await make({ keepEvents, free: ({ id }) => freed.push(id), inline });
    const reopen = () => {
      if (!subject.reopen) throw new Error('This store lacks "reopen": say so in the options of the suite.');
      return subject.reopen();
    };
    return { run: () => run({ store: subject.store, reopen, freed }), close: () => subject.close() };
  };
  return casesFrom(drafts, open, options);
}
