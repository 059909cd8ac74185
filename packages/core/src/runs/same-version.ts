// Leaves a run to a node whose model has the version of its newest checkpoint: another one would start it over.
import { isTerminal } from "../contract/run.ts";
import type { RunStore } from "../ports/run-store.ts";

/** As long as a rolling update of some nodes takes. Until then the nodes before it may still give runs to each other. */
const maxWaitMs = 5 * 60_000;

export interface VersionHere {
  readonly store: RunStore;
  /** Of the code of the run's model in this process. */
  readonly version: string | undefined;
}

/** Returns true if the run waits for another node. The log says so, once. */
export async function waitsForSameVersion(runId: string, { store, version }: VersionHere): Promise<boolean> {
  const newest = await store.newestCheckpoint?.(runId);
  if (!newest || newest.version === version) return false;
  const run = await store.get(runId);
  if (!run || isTerminal(run.state)) return false;
  // Nothing is reported while the run waits.
  const [last] = await store.read(runId, run.lastSeq - 1, 1);
  if (!last || Date.now() - Date.parse(last.at) >= maxWaitMs) return false;
  if (last.type !== "log") {
    const [made, now] = [newest.version, version].map((one) => one ?? "none");
    const text = `The run waits up to 5 minutes for a node whose model has version ${made}, that of its checkpoint; it is ${now} on this node.`;
    await store.append(runId, [{ fact: { type: "log", level: "info", text } }]);
  }
  return true;
}
