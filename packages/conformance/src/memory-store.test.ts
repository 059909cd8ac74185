// biome-ignore-all lint/style/noRestrictedImports: this is how a user of the package imports it
// The store suite over the store of this process.

// #region vitest
import { storeRequirements, storeSuite, uncited } from "@deepaas/conformance";
import { memoryStore } from "@deepaas/core/ports";
import { expect, test } from "vitest";

const suite = storeSuite(async ({ keepEvents, free, inline }) => {
  const store = memoryStore(keepEvents === undefined ? {} : { keepEvents });
  await store.open({ id: "first", free, inline });
  const reopen = async () => ({ store, pending: await store.open({ id: "second", free, inline }) });
  return { store, reopen, close: () => store.close() };
});

for (const { title, skip, run } of suite) test.skipIf(skip)(title, run);
// #endregion vitest

test("every requirement of a store is cited", () => {
  expect(uncited(suite, storeRequirements)).toEqual([]);
});
