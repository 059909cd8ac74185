// The store suite over PostgreSQL: with one holder, and over two that share the store.
import { storeRequirements, storeSuite, uncited } from "@deepaas/conformance";
import type { RunStore } from "@deepaas/core/ports";
import { describe, expect, test as plainTest } from "vitest";
import { postgresStore } from "./postgres-store.ts";
import { emptySchema, newSchema, serverUrl, test } from "./testing/postgres-test.ts";

const secretKey = Buffer.alloc(32, 7).toString("base64");
const options = { orders: 8, timeoutMs: 15_000 };
/** Emptied for each case: making the tables would take most of its time. */
const schema = newSchema();

const suite = storeSuite(async ({ keepEvents, free, inline }) => {
  const settings = {
    url: serverUrl(),
    schema,
    secretKey,
    connections: 4,
    ...(keepEvents !== undefined && { keepEvents }),
  };
  await emptySchema(schema);
  const store = postgresStore(settings);
  await store.open({ id: "first", free, inline });
  const all = [store];
  return {
    store,
    async reopen() {
      const next = postgresStore(settings);
      all.push(next);
      return { store: next, pending: await next.open({ id: "next", free, inline }) };
    },
    async close() {
      for (const one of all) await one.close();
    },
  };
}, options);

const overTwoNodes = storeSuite(
  async ({ keepEvents, free, inline }) => {
    await emptySchema(schema);
    const open = async (id: string) => {
      const store = postgresStore({
        url: serverUrl(),
        schema,
        secretKey,
        connections: 4,
        ...(keepEvents !== undefined && { keepEvents }),
      });
      await store.open({ id, free, inline, shared: true });
      return store;
    };
    const nodes = [await open("a"), await open("b")] as const;
    return {
      store: inTurn(nodes),
      async close() {
        for (const node of nodes) await node.close();
      },
    };
  },
  { ...options, lacks: { reopen: "each node is one of several" } },
);

/** One node is read and watched. Both write in turn; reports come from the node that claimed the run, as they do from a host. */
function inTurn(nodes: readonly [RunStore, RunStore]): RunStore {
  const [first, watched] = nodes;
  const claimedBy = new Map<string, RunStore>();
  let calls = 0;
  const next = () => nodes[++calls % 2] as RunStore;
  const written: Partial<RunStore> = {
    create: (run) => next().create(run),
    async claim(runId) {
      const node = next();
      const claim = await node.claim(runId);
      if (claim) claimedBy.set(runId, node);
      return claim;
    },
    append(runId, entries, position) {
      const node = position?.appendNumber === undefined ? next() : (claimedBy.get(runId) ?? first);
      return node.append(runId, entries, position);
    },
    remove: (runId) => next().remove(runId),
    retain: (retention) => next().retain(retention),
    addVersion: (...given) => next().addVersion(...given),
    removeVersion: (...given) => next().removeVersion(...given),
  };
  return new Proxy(watched, {
    get: (_store, name: Exclude<keyof RunStore, "transfer">) => {
      const member = written[name] ?? watched[name];
      return typeof member === "function" ? (member as (...args: unknown[]) => unknown).bind(watched) : member;
    },
  });
}

describe("with one holder", () => {
  for (const { title, skip, run } of suite) (skip ? test.skip : test)(title, run);
});

describe("over two nodes", () => {
  for (const { title, skip, run } of overTwoNodes) if (!skip) test(title, run);
});

plainTest("every requirement of a store is cited", () => {
  expect(uncited(suite, storeRequirements)).toEqual([]);
});
