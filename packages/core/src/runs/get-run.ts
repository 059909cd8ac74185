import { runNotFound } from "../contract/common-errors.ts";
import type { Run } from "../contract/run.ts";
import type { RunStore } from "../ports/run-store.ts";

/** Returns the record of a run. Rejects `not_found`. */
export async function getRun(store: Pick<RunStore, "get">, runId: string): Promise<Run> {
  const run = await store.get(runId);
  if (!run) throw runNotFound(runId);
  return run;
}
