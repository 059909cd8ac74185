// A node that is killed between `create` and `submit` of its first training: the run is in the store, and in no queue.
// Arguments: the URL of the database, the folder of files, the module of the model `trainer`.
import { bullEngine } from "@deepaas/bullmq";
import { createHost, silentLogger } from "@deepaas/core";
import { importModel } from "@deepaas/core/node";
import type { RunEngine } from "@deepaas/core/ports";
import { postgresStore } from "@deepaas/postgres";
import { directoryBlobs } from "@deepaas/sqlite";

const [url, files, path] = process.argv.slice(2) as [string, string, string];
const engine = bullEngine({ postgres: url }, { leaseMs: 2_000, logger: silentLogger });
const dying: RunEngine = {
  leaseMs: 2_000,
  async submit() {
    process.kill(process.pid, "SIGKILL");
    await new Promise(() => {});
  },
  cancel: (runId) => engine.cancel(runId),
  process: (handle, options) => engine.process(handle, options),
  waiting: () => engine.waiting(),
  knows: async (runs) => (await engine.knows?.(runs)) ?? new Set(),
  close: () => engine.close(),
};
const host = await createHost({
  models: { trainer: await importModel(path) },
  store: postgresStore({ url }),
  engine: dying,
  blobs: directoryBlobs({ path: files }),
  node: { id: "dying", trains: false },
  logger: silentLogger,
});
await host.train("trainer", {}, { runId: "r" });
