// The store suite over the store of this process.
import { memoryStore } from "@deepaas/core/host";
import { expect, test } from "vitest";
import { storeRequirements } from "./store/requirements.ts";
import { storeSuite } from "./store/store-suite.ts";
import { uncited } from "./suite.ts";

const suite = storeSuite(async ({ keepEvents }) => {
  const store = memoryStore(keepEvents === undefined ? {} : { keepEvents });
  await store.open({ id: "first" });
  return {
    store,
    reopen: async () => ({ store, left: await store.open({ id: "second" }) }),
    close: () => store.close(),
  };
});

for (const { title, run } of suite) test(title, run);

test("every requirement of a store is cited", () => {
  expect(uncited(suite, storeRequirements)).toEqual([]);
});
