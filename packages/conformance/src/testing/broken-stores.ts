// Stores, each broken in one way, with the requirement that it violates.
import type { Run, RunEvent } from "@deepaas/core";
import type { Claim, RunStore, StoreTransfer } from "@deepaas/core/ports";
import type { Broken } from "./broken.ts";

export const brokenStores: readonly Broken<RunStore>[] = [
  [
    "has a negative size",
    "stats.kind",
    (store) => ({ ...store, stats: async () => ({ kind: "memory", bytes: -1, runs: [] }) }),
  ],
  [
    "says since when the last run is in its state, not the first",
    "stats.runs",
    (store) => ({
      ...store,
      stats: async () => {
        const { runs = [], ...stats } = (await store.stats?.()) ?? { kind: "memory" };
        return { ...stats, runs: runs.map((one) => (one.since ? { ...one, since: new Date().toISOString() } : one)) };
      },
    }),
  ],
  [
    "counts the runs of everybody",
    "usage.owner",
    (store) => ({
      ...store,
      usage: async () => ({ queued: (await store.list({ state: "queued" })).items.length, bytes: 0 }),
    }),
  ],
  [
    "ignores all selections but the first",
    "list.selected",
    (store) => ({
      ...store,
      list: ({ anyOf, ...filter }) => store.list({ ...filter, ...(anyOf && { anyOf: anyOf.slice(0, 1) }) }),
    }),
  ],
  ["loses wake-ups", "wake.append", (store) => ({ ...store, subscribe: () => () => {} })],
  [
    "wakes ended subscriptions",
    "wake.end",
    (store) => ({
      ...store,
      subscribe(id, wake) {
        store.subscribe(id, wake);
        return () => {};
      },
    }),
  ],
  [
    "ignores the attempt of an append",
    "append.fenced",
    (store) => ({ ...store, append: (id, entries) => store.append(id, entries) }),
  ],
  [
    "ignores the number of an append",
    "append.once",
    (store) => ({
      ...store,
      append: (id, entries, position) => store.append(id, entries, position && { attempt: position.attempt }),
    }),
  ],
  [
    "starts a trimmed log at its first event without an error",
    "read.trimmed",
    (store) => ({
      ...store,
      read: async (id, after, limit) =>
        store.read(id, Math.max(after, ((await store.get(id))?.firstSeq ?? 1) - 1), limit),
    }),
  ],
  [
    "returns one event too few",
    "read.range",
    (store) => ({ ...store, read: (id, after, limit) => store.read(id, after, limit - 1) }),
  ],
  [
    "lets a held run be claimed",
    "claim.one",
    (store) => ({ ...store, claim: async (id) => (await store.claim(id)) ?? anyClaim(await store.get(id)) }),
  ],
  [
    "ignores the states in a filter",
    "list.filter",
    (store) => ({ ...store, list: ({ state: _state, ...rest }) => store.list(rest) }),
  ],
  [
    "ignores the requested order",
    "list.order",
    (store) => ({ ...store, list: ({ newestFirst: _order, ...rest }) => store.list(rest) }),
  ],
  [
    "adds a second version of a run",
    "versions.run",
    (store) => ({
      ...store,
      addVersion: ({ runId: _run, ...version }) => store.addVersion(version),
    }),
  ],
  [
    "serves a version whatever was served meanwhile",
    "versions.revision",
    (store) => ({
      ...store,
      serveVersion: async (model, change) => {
        const { revision } = await store.versions(model);
        return store.serveVersion(model, { ...change, revision });
      },
    }),
  ],
  ["forgets who wakes it", "versions.wake", (store) => ({ ...store, subscribeServed: () => () => {} })],
  [
    "leaves out queued runs in open",
    "open.pending",
    (store) => ({ ...store, open: async (holder) => (await store.open(holder)).slice(0, 1) }),
  ],
  [
    "has no newest checkpoint of a run",
    "checkpoint.newest",
    (store) => ({ ...store, newestCheckpoint: async () => undefined }),
  ],
  [
    "forgets the lost attempts of a run that is copied",
    "transfer.same",
    withTransfer((transfer) => ({
      addRun: (stored, readLog) => transfer.addRun({ ...stored, lostInARow: 0 }, readLog),
    })),
  ],
  [
    "keeps any run for the one that is added",
    "transfer.again",
    withTransfer((transfer) => ({
      addRun: (stored, readLog) => transfer.addRun(stored, readLog).catch(() => false),
    })),
  ],
  [
    "adds a run with what it could read of its log",
    "transfer.whole",
    withTransfer((transfer) => ({
      addRun: (stored, readLog) =>
        transfer.addRun(stored, async (after, limit) => {
          const events = await readLog(after, limit).catch(() => []);
          const filled = Array.from({ length: limit - events.length }, (_, i): RunEvent => {
            return { seq: after + events.length + i + 1, at: stored.stateAt, type: "log", level: "info", text: "?" };
          });
          return [...events, ...filled];
        }),
    })),
  ],
  [
    "does not hold a run that was running",
    "transfer.held",
    withTransfer((transfer) => ({
      addRun: (stored, readLog) => transfer.addRun({ ...stored, run: { ...stored.run, state: "queued" } }, readLog),
    })),
  ],
];

function withTransfer(damage: (transfer: StoreTransfer) => Partial<StoreTransfer>): (store: RunStore) => RunStore {
  return (store) => ({
    ...store,
    ...(store.transfer && { transfer: { ...store.transfer, ...damage(store.transfer) } }),
  });
}

function anyClaim(run: Run | undefined): Claim | undefined {
  return run && { run, private: { secrets: {}, files: {} }, checkpoints: [], lostInARow: 0 };
}
