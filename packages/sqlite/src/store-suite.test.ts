// The store suite over files: the holder dies without a word, and another store opens what it has written.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeRequirements, storeSuite, uncited } from "@deepaas/conformance";
import { expect, test } from "vitest";
import { sqliteStore } from "./sqlite-store.ts";

const suite = storeSuite(async ({ keepEvents, free, inline }) => {
  const folder = await mkdtemp(join(tmpdir(), "deepaas-sqlite-"));
  const options = { path: join(folder, "runs.sqlite"), ...(keepEvents !== undefined && { keepEvents }) };
  const store = sqliteStore(options);
  await store.open({ id: "first", free, inline });
  const all = [store];
  return {
    store,
    async reopen() {
      const next = sqliteStore(options);
      all.push(next);
      return { store: next, pending: await next.open({ id: "next", free, inline }) };
    },
    async close() {
      for (const one of all) await one.close();
      await rm(folder, { recursive: true });
    },
  };
});

for (const { title, skip, run } of suite) test.skipIf(skip)(title, run);

test("every requirement of a store is cited", () => {
  expect(uncited(suite, storeRequirements)).toEqual([]);
});
