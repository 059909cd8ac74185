import type { RunEvent } from "@deepaas/core";
import { watchRun } from "../service/connection.ts";

export interface EventRange {
  /** The last event that is left out. */
  readonly after: number;
  /** The last event that is returned. */
  readonly last: number;
  readonly signal: AbortSignal;
}

export async function* eventsBetween(
  id: string,
  { after, last, signal }: EventRange,
): AsyncGenerator<RunEvent, void, undefined> {
  if (after >= last) return;
  for await (const event of watchRun(id, { after, signal })) {
    yield event;
    if (event.seq >= last) return;
  }
}
