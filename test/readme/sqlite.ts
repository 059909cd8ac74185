// The example of packages/sqlite/README.md; packages.test.ts runs this file.
// #region sqlite
import { createHost } from "@deepaas/core";
import { directoryBlobs, sqliteStore } from "@deepaas/sqlite";

const trainer = { train: () => ({ loss: 0.5 }) };
const host = await createHost({
  models: { trainer },
  store: sqliteStore({ path: "data/runs.sqlite" }),
  blobs: directoryBlobs({ path: "data/blobs" }),
  limits: { keepRuns: 100, keepDays: 30 },
});
const { id } = await host.train("trainer", {});
for await (const { seq, type } of host.watch(id)) console.log(seq, type);
await host.close();
// #endregion sqlite
