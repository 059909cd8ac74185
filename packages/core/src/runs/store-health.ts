// Shows in the host's status whether the store keeps data: a full disk is reported until a write succeeds again.
import { DeepaasError } from "../contract/error.ts";
import { isNewToLog } from "../contract/logged-error.ts";
import type { Logger } from "../contract/logger.ts";
import type { HostObserver } from "../ports/observer.ts";
import type { RunStore } from "../ports/run-store.ts";
import { observeStore } from "./observe-store.ts";

export interface StoreHealth {
  /** The same store, whose faults are noticed, and whose operations are told to the observer. */
  readonly store: RunStore;
  /** Why runs cannot be kept at the moment. Empty if no write failed. */
  readonly reasons: () => readonly string[];
}

const notKept = "the store cannot keep what runs report";

export function storeHealth(store: RunStore, logger: Logger, observer?: HostObserver): StoreHealth {
  let failing = false;
  /** The store itself said why. It says as well when that is over. */
  let isKnown = false;
  const recovered = () => {
    failing = false;
    isKnown = false;
    logger.info({}, "the store keeps what runs report again");
  };
  const reasons = () => {
    const problem = store.problem?.();
    if (problem === undefined) {
      if (isKnown) recovered();
      return failing ? [`${notKept}; the server's log says why`] : [];
    }
    if (!failing) logger.error({ problem }, notKept);
    failing = true;
    isKnown = true;
    return [`${notKept}: ${problem}`];
  };
  const watched = async <T>(write: Promise<T>, about: object = {}): Promise<T> => {
    try {
      const answer = await write;
      // A stale append and a refused claim show nothing about the disk.
      if (failing && answer !== "stale" && answer !== undefined) {
        recovered();
      }
      return answer;
    } catch (error) {
      // Any other DeepaasError is a regular answer, not a fault.
      const fault = !DeepaasError.is(error) || error.code === "unavailable" || error.code === "internal";
      if (fault && !failing) {
        failing = true;
        isKnown = store.problem?.() !== undefined;
        if (isNewToLog(error)) logger.error({ err: error, ...about }, notKept);
      }
      throw error;
    }
  };
  const noticing: RunStore = {
    open: (holder) => store.open(holder),
    create: (run) => watched(store.create(run), { runId: run.id, model: run.model }),
    claim: (runId) => watched(store.claim(runId), { runId }),
    append: (...given) => watched(store.append(...given), { runId: given[0] }),
    read: (...given) => store.read(...given),
    get: (runId) => store.get(runId),
    list: (filter) => store.list(filter),
    remove: (runId) => store.remove(runId),
    retain: (retention) => store.retain(retention),
    isKept: (blobId) => store.isKept(blobId),
    artifact: (...given) => store.artifact(...given),
    versions: (model) => store.versions(model),
    addVersion: (...given) => watched(store.addVersion(...given), { model: given[0].model }),
    serveVersion: (...given) => watched(store.serveVersion(...given), { model: given[0] }),
    removeVersion: (...given) => store.removeVersion(...given),
    subscribeServed: (wake) => store.subscribeServed(wake),
    subscribe: (...given) => store.subscribe(...given),
    ...(store.usage && { usage: store.usage.bind(store) }),
    ...(store.stats && { stats: store.stats.bind(store) }),
    ...(store.newestCheckpoint && { newestCheckpoint: store.newestCheckpoint.bind(store) }),
    ...(store.lead && { lead: store.lead.bind(store) }),
    close: () => store.close(),
  };
  return { reasons, store: observeStore(noticing, observer) };
}
