// What the stores share to add a run as another store has it.
import { runExists } from "../contract/common-errors.ts";
import { DeepaasError } from "../contract/error.ts";
import type { Run, RunEvent } from "../contract/run.ts";
import type { ReadLog, StoredRun } from "../ports/run-store.ts";

/** Events that are read at once. */
const pageOf = 5_000;

type Compared = Pick<StoredRun, "fingerprint"> & { readonly run: Pick<Run, "model" | "createdAt"> };

/** Throws `already_exists` if a run has the id of another one. */
export function checkSameRun(there: Compared, { run, fingerprint }: StoredRun): void {
  const { model, createdAt } = there.run;
  if (there.fingerprint !== fingerprint || model !== run.model || createdAt !== run.createdAt) throw runExists(run.id);
}

/** Yields the events from `run.firstSeq` to its last one. Throws `internal` if the log is not whole. */
export async function* storedLog(
  { id, firstSeq, lastSeq }: Pick<Run, "id" | "firstSeq" | "lastSeq">,
  readLog: ReadLog,
): AsyncGenerator<readonly RunEvent[], void> {
  for (let after = firstSeq - 1; after < lastSeq; ) {
    const events = await readLog(after, Math.min(pageOf, lastSeq - after));
    if (events.length === 0 || events.some(({ seq }, i) => seq !== after + i + 1)) {
      throw new DeepaasError("internal", `The log of run ${id} has no event ${after + 1}.`);
    }
    yield events;
    after += events.length;
  }
}

/** Returns the run as a store keeps it that trims logs to `keepEvents`. */
export function trimmedRun(run: Run, keepEvents: number): Run {
  return { ...run, firstSeq: Math.max(run.firstSeq, run.lastSeq - keepEvents + 1) };
}

/** True if a process held the run in its store. */
export function wasHeld({ state }: Pick<Run, "state">): boolean {
  return state === "running" || state === "stopping";
}
