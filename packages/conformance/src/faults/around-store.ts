// The base of the store faults: passes every call through one function, which can delay, repeat or fail it.
import type { RunStore } from "@deepaas/core/ports";

type Optional = "problem" | "stats" | "usage" | "left" | "lead" | "newestCheckpoint" | "transfer";
export type StoreMethod = Exclude<keyof RunStore, "subscribe" | "subscribeServed" | Optional>;

/** One call of the store. */
export interface StoreCall {
  readonly method: StoreMethod;
  readonly args: readonly unknown[];
  /** Calls the store. May be called once, twice, later, or not at all. */
  make(): Promise<unknown>;
}

export type AroundStore = (call: StoreCall) => Promise<unknown>;

/** Returns the store with `around` in place of every method but the subscriptions. */
export function aroundStore(store: RunStore, around: AroundStore): RunStore {
  const wrapped = (method: StoreMethod) => {
    return (...args: unknown[]) => {
      const make = () => (store[method] as (...args: unknown[]) => Promise<unknown>).apply(store, args);
      return around({ method, args, make });
    };
  };
  const methods = Object.keys(storeMethods) as StoreMethod[];
  const calls = Object.fromEntries(methods.map((method) => [method, wrapped(method)]));
  return {
    ...(calls as unknown as Pick<RunStore, StoreMethod>),
    ...(store.problem && { problem: store.problem.bind(store) }),
    ...(store.usage && { usage: store.usage.bind(store) }),
    ...(store.stats && { stats: store.stats.bind(store) }),
    ...(store.newestCheckpoint && { newestCheckpoint: store.newestCheckpoint.bind(store) }),
    ...(store.lead && { lead: store.lead.bind(store) }),
    subscribe: store.subscribe.bind(store),
    subscribeServed: store.subscribeServed.bind(store),
  };
}

const storeMethods: Readonly<Record<StoreMethod, true>> = {
  open: true,
  create: true,
  claim: true,
  append: true,
  read: true,
  get: true,
  list: true,
  remove: true,
  retain: true,
  isKept: true,
  artifact: true,
  versions: true,
  addVersion: true,
  serveVersion: true,
  removeVersion: true,
  close: true,
};
