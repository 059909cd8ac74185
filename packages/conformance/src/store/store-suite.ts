// The test suite of `RunStore`.
import { holdsForSeeds } from "../holds-for-seeds.ts";
import { type Random, randomFrom } from "../random.ts";
import { type Case, casesFrom, type SuiteOptions } from "../suite.ts";
import { appendCases } from "./append-cases.ts";
import { readsMatchLog } from "./cursor-property.ts";
import { openCases } from "./open-cases.ts";
import { answersMatchLog } from "./operations-property.ts";
import { readCases } from "./read-cases.ts";
import { recordCases } from "./record-cases.ts";
import type { StoreCapability, StoreDraft, StoreSetup, StoreSubject } from "./subject.ts";
import { copiesAnswerAlike, transferCases } from "./transfer-cases.ts";
import { versionCases } from "./version-cases.ts";
import { watchesMatchLog } from "./watch-property.ts";

export interface StoreSuiteOptions extends SuiteOptions<StoreCapability> {
  /** Number of random orders in each case that tries many; for a store with slow calls. Default 40 to 150. At least 1. */
  readonly orders?: number;
}

/** Each needs a store of its own. */
const copies = 4;

const propertyCases = ({ orders, timeoutMs }: StoreSuiteOptions): readonly StoreDraft[] => {
  // A check with one order takes less than its case.
  const hold = (check: (random: Random) => Promise<void>, runs: number) =>
    holdsForSeeds(check, { runs: orders ?? runs, ...(timeoutMs !== undefined && { hangMs: timeoutMs }) });
  return [
    {
      title: "whenever wake-ups come and watches end and go on, each returns every event once and ends",
      cites: ["wake.watch", "cursor.any"],
      run: ({ store }) => hold((random) => watchesMatchLog(store, random), 60),
    },
    {
      title: "from any cursor, with any limit, read returns the events of the log, each once",
      cites: ["cursor.any"],
      run: ({ store }) => hold((random) => readsMatchLog(store, random), 40),
    },
    {
      title: "the same holds while the log is trimmed",
      cites: ["cursor.any", "read.trimmed"],
      needs: ["trim"],
      keepEvents: 5,
      run: ({ store }) => hold((random) => readsMatchLog(store, random), 40),
    },
    {
      title: "after calls in any order the log is dense and the record matches it",
      cites: ["ops.model", "record.fold", "append.once", "append.fenced"],
      run: ({ store }) => hold((random) => answersMatchLog(store, random), 150),
    },
    ...Array.from(
      { length: Math.min(orders ?? copies, copies) },
      (_, i): StoreDraft => ({
        title: `a store that was filled in any order and copied answers every read the same, seed ${i + 1}`,
        cites: ["transfer.same", "transfer.again"],
        async run({ store }) {
          // Into an empty store.
          if (store.transfer) await copiesAnswerAlike(store, randomFrom(i + 1));
        },
      }),
    ),
  ];
};

const drafts = [...recordCases, ...appendCases, ...readCases, ...openCases, ...versionCases, ...transferCases];

/** `make` is called once for each case and returns an empty, opened store. */
export function storeSuite(
  make: (setup: StoreSetup) => Promise<StoreSubject>,
  options: StoreSuiteOptions = {},
): readonly Case[] {
  const open = async ({ run, keepEvents, inline = false }: StoreDraft) => {
    const freed: string[] = [];
    const subject = await make({ keepEvents, free: ({ id }) => freed.push(id), inline });
    const reopen = () => {
      if (!subject.reopen)
        throw new Error('The subject has no `reopen`. Name "reopen" in the option `lacks` of the suite.');
      return subject.reopen();
    };
    return { run: () => run({ store: subject.store, reopen, freed }), close: () => subject.close() };
  };
  return casesFrom([...drafts, ...propertyCases(options)], open, options);
}
