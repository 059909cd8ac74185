// biome-ignore-all lint/style/noRestrictedImports: this is how a user of the package imports it
// How the README registers a suite with node:test; run by registration.test.ts.
// #region node-test
import { test } from "node:test";
import { storeSuite } from "@deepaas/conformance";
import { memoryStore } from "@deepaas/core/ports";

const suite = storeSuite(
  async ({ free }) => {
    const store = memoryStore();
    await store.open({ id: "first", free });
    return { store, close: () => store.close() };
  },
  { lacks: { trim: "it keeps every event", reopen: "it ends with its process" } },
);

for (const { title, skip, run } of suite) void test(title, { skip: skip ?? false }, run);
// #endregion node-test
