import { renameSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { openStore } from "./testing/store-folder.ts";

test("the size is that of the file with its WAL", async () => {
  const { store, path } = await openStore();
  const sizes = () => statSync(path).size + statSync(`${path}-wal`).size;
  expect(await store.stats?.()).toEqual({ kind: "sqlite", bytes: sizes(), runs: [] });
  const before = sizes();
  await store.create({
    id: "r",
    model: "m",
    args: { text: "x".repeat(100_000) },
    private: { secrets: {}, files: {} },
    fingerprint: "f",
  });
  expect(sizes()).toBeGreaterThan(before);
  expect(await store.stats?.()).toMatchObject({ kind: "sqlite", bytes: sizes(), runs: [{ model: "m", count: 1 }] });
});

test("without the file, and after close, there is no size", async () => {
  const { store, path } = await openStore();
  renameSync(path, `${path}-moved`);
  expect(await store.stats?.()).toEqual({ kind: "sqlite", runs: [] });
  renameSync(`${path}-moved`, path);
  await store.close();
  expect(await store.stats?.()).toEqual({ kind: "sqlite", runs: [] });
});
