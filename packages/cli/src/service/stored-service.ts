// The runs and versions in a data directory, read without a server.
import { DeepaasError, isTerminal, type ModelService, type Run, type RunEvent } from "@deepaas/core";
import { checkRunFilter, runMetrics, runNotFound, toModelVersions } from "@deepaas/core/ports";
import { directoryBlobs, sqliteStore } from "@deepaas/sqlite";

/** What can be read without a server. */
export type StoredService = Pick<ModelService, "run" | "runs" | "watch" | "metrics" | "artifact"> & {
  /** As kept: without the metrics of the shipped weights, which only the model knows. */
  versions: ModelService["versions"];
  close(): Promise<void>;
};

const eventsAtATime = 512;

/** Rejects `failed_precondition` if there is no store in the files. It takes no run over, and changes nothing. */
export async function openStoredService(files: {
  readonly store: string;
  readonly blobs: string;
}): Promise<StoredService> {
  const store = sqliteStore({ path: files.store, readOnly: true });
  await store.open({ id: "" });
  const blobs = directoryBlobs({ path: files.blobs });
  const run = async (id: string): Promise<Run> => {
    const found = await store.get(id);
    if (found) return found;
    throw runNotFound(id);
  };

  async function* watch(id: string, { after }: { readonly after?: number } = {}): AsyncGenerator<RunEvent, void> {
    let cursor = after ?? (await run(id)).firstSeq - 1;
    for (;;) {
      const events = await store.read(id, cursor, eventsAtATime);
      yield* events;
      const last = events.at(-1);
      // Nobody adds events while no server runs.
      if (last === undefined || isTerminal(last.type)) return;
      cursor = last.seq;
    }
  }

  return {
    run,
    runs: async (filter = {}) => store.list(checkRunFilter(filter)),
    watch,
    metrics: (id, options) => runMetrics(store, id, options),
    async artifact(id, name) {
      await run(id);
      const blob = await store.artifact(id, name);
      if (!blob) throw new DeepaasError("not_found", `The run ${id} has no artifact ${name}.`);
      return blobs.get(blob);
    },
    async versions(model) {
      return toModelVersions(model, await store.versions(model), {});
    },
    close: () => store.close(),
  };
}
