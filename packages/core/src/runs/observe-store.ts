// Tells an observer about each operation of a store.
import { observedWork } from "../ports/observed-work.ts";
import type { HostObserver } from "../ports/observer.ts";
import type { NewRun, NewVersion, RunStore } from "../ports/run-store.ts";

/** Not `problem`, which reads no data, `lead`, which lasts as long as other work, the subscriptions, nor what no host calls. */
type Operation = Exclude<keyof RunStore, "problem" | "lead" | "subscribe" | "subscribeServed" | "transfer">;
type Given = readonly [unknown?, ...unknown[]];

const none = () => undefined;
const first = ([runId]: Given) => runId as string;

const runIdOf: Readonly<Record<Operation, (given: Given) => string | undefined>> = {
  open: none,
  create: ([run]) => (run as NewRun).id,
  claim: first,
  append: first,
  read: first,
  get: first,
  list: none,
  remove: first,
  retain: none,
  isKept: none,
  artifact: first,
  versions: none,
  addVersion: ([version]) => (version as NewVersion).runId,
  serveVersion: none,
  removeVersion: none,
  newestCheckpoint: first,
  usage: none,
  stats: none,
  close: none,
};

/** The methods of `store` must be its own properties, and need no `this`. Without the hook it returns `store` itself. */
export function observeStore(store: RunStore, observer: HostObserver | undefined): RunStore {
  const hook = observer?.store;
  if (!hook) return store;
  const observed: Record<string, unknown> = {};
  for (const [name, idOf] of Object.entries(runIdOf)) {
    const method = store[name as Operation] as ((...given: Given) => Promise<unknown>) | undefined;
    if (!method) continue;
    observed[name] = (...given: Given) => observedWork(hook({ name, runId: idOf(given) }), () => method(...given));
  }
  return { ...store, ...observed };
}
