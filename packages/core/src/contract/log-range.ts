import { DeepaasError } from "./error.ts";
import type { Run } from "./run.ts";

/** Throws `out_of_range`, with the first and last `seq`, for a cursor outside of the log of a run. */
export function checkCursor({ id, firstSeq, lastSeq }: Pick<Run, "id" | "firstSeq" | "lastSeq">, cursor: number): void {
  if (cursor >= firstSeq - 1 && cursor <= lastSeq) return;
  const message =
    cursor > lastSeq
      ? `The log of run ${id} ends at ${lastSeq}, before ${cursor}.`
      : `The log of run ${id} starts at ${firstSeq}; ${cursor + 1} was trimmed.`;
  throw new DeepaasError("out_of_range", message, { first: firstSeq, last: lastSeq });
}
