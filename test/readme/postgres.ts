// The example of packages/postgres/README.md; packages.test.ts runs this file.
// #region postgres
import { createHost } from "@deepaas/core";
import { postgresStore } from "@deepaas/postgres";

const trainer = { train: (args: { apiKey?: string }) => ({ loss: 0.5, used: args.apiKey !== undefined }) };
const host = await createHost({
  models: { trainer },
  store: postgresStore({
    url: "postgres://postgres@127.0.0.1:5432/postgres",
    secretKey: process.env.DEEPAAS_SECRET_KEY ?? "",
  }),
  limits: { keepRuns: 100, keepDays: 30 },
});
const { id } = await host.train("trainer", {});
for await (const { seq, type } of host.watch(id)) console.log(seq, type);
await host.close();
// #endregion postgres
