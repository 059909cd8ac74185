// Reads and adds runs and weights as they are, to copy a store.
import { checkSameRun, type ReadLog, type StoredRun, type StoreTransfer } from "@deepaas/core/ports";
import { textOfKey } from "./key-text.ts";
import type { OpenStore } from "./open-store.ts";

/** The statements of a read see the same moment. */
const snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/** `opened` returns the store, or throws if it is not open. */
export function transferOf(opened: () => OpenStore): StoreTransfer {
  const addRun = (store: OpenStore, stored: StoredRun, readLog: ReadLog): Promise<boolean> =>
    store.change(
      async (change) => {
        const kept = await store.adder.add(change.queries, stored, { readLog, epoch: store.epoch });
        if (kept) {
          change.written.push({ kept, chunks: [] });
          return true;
        }
        const there = await store.locked(change, stored.run.id);
        if (there) checkSameRun({ run: there.run, fingerprint: textOfKey(there.fingerprint) }, stored);
        return false;
      },
      // As for every new run. Nobody else creates runs while a store is copied.
      { lock: "create" },
    );

  return {
    async run(runId) {
      const { database, adder } = opened();
      return database.transaction(snapshot, (queries) => adder.stored(queries, runId));
    },
    addRun: async (stored, readLog) => addRun(opened(), stored, readLog),
    async models() {
      const { database, weights } = opened();
      return database.transaction(snapshot, (queries) => weights.all(queries));
    },
    async addModel(stored) {
      const store = opened();
      return store.change(async (change) => {
        const isAdded = await store.weights.addModel(change.queries, stored);
        if (isAdded) change.served.push(stored.model);
        return isAdded;
      });
    },
  };
}
