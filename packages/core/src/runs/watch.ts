// Reading a run's log from a cursor until its last event. Replay and live are this one loop.

import { abortReason } from "../contract/abort-reason.ts";
import { DeepaasError } from "../contract/error.ts";
import { nextTick } from "../contract/next-tick.ts";
import { isTerminal, type Run, type RunEvent } from "../contract/run.ts";
import type { RunStore } from "../ports/run-store.ts";

export interface WatchOptions {
  /** The `seq` of the last event that is known already. Default: the one before the first event still held. */
  readonly after?: number;
  /** Ends the watch: it rejects with the signal's reason if that is a DeepaasError, else `cancelled`. */
  readonly signal?: AbortSignal;
  /** Called when the first event is asked for, before anything else; what it throws is what the watch rejects with. */
  readonly onStart?: () => void;
  /** What an error becomes before the watch rejects with it. Default: it stays. */
  readonly mapError?: (error: unknown) => unknown;
}

const chunk = 512;

/**
 * The order of the steps matters. Subscribing after the read, or remembering the wake count after it, loses events;
 * without the end for a run that has ended and has nothing left, every reconnect at the last event hangs.
 */
export async function* watchRun(
  store: RunStore,
  runId: string,
  options: WatchOptions = {},
): AsyncGenerator<RunEvent, void, undefined> {
  const { signal, mapError } = options;
  options.onStart?.();
  let wakes = 0;
  let awaken: (() => void) | undefined;
  const wake = () => {
    wakes++;
    awaken?.();
  };
  const unsubscribe = store.subscribe(runId, wake);
  signal?.addEventListener("abort", wake);
  try {
    let cursor = firstCursor(await getRun(store, runId), options.after);
    let begins = options.after === undefined;
    for (;;) {
      throwIfAborted(signal);
      const seen = wakes;
      let events: readonly RunEvent[];
      try {
        events = await store.read(runId, cursor, chunk);
      } catch (error) {
        // Whoever named no cursor does not miss what was trimmed before the first event was read.
        if (!begins || !DeepaasError.is(error) || error.code !== "out_of_range" || error.first === undefined)
          throw error;
        cursor = error.first - 1;
        continue;
      }
      begins = false;
      for (const event of events) {
        cursor = event.seq;
        yield event;
        if (isTerminal(event.type)) return;
        if (signal?.aborted) throwIfAborted(signal);
      }
      if (events.length > 0) {
        // A long replay from memory would otherwise be one stretch of microtasks, and nothing else would run.
        if (events.length === chunk) await nextTick();
        continue;
      }
      const run = await getRun(store, runId);
      if (isTerminal(run.state) && run.lastSeq <= cursor) return;
      while (wakes === seen) {
        await new Promise<void>((resolve) => {
          awaken = resolve;
        });
        awaken = undefined;
      }
    }
  } catch (error) {
    throw mapError ? mapError(error) : error;
  } finally {
    signal?.removeEventListener("abort", wake);
    unsubscribe();
  }
}

function firstCursor(run: Run, after: number | undefined): number {
  const { id, firstSeq, lastSeq } = run;
  if (after === undefined) return firstSeq - 1;
  const range = { first: firstSeq, last: lastSeq };
  if (!Number.isSafeInteger(after) || after < 0) {
    throw new DeepaasError("invalid_args", "A cursor is the seq of an event, or 0.", {
      issues: [{ pointer: "/after", rule: "type", message: "Must be a whole number of at least 0." }],
    });
  }
  if (after > lastSeq)
    throw new DeepaasError("out_of_range", `The log of run ${id} ends at ${lastSeq}, before ${after}.`, range);
  if (after < firstSeq - 1) {
    throw new DeepaasError(
      "out_of_range",
      `The log of run ${id} starts at ${firstSeq}; ${after + 1} was trimmed.`,
      range,
    );
  }
  return after;
}

async function getRun(store: RunStore, runId: string): Promise<Run> {
  const run = await store.get(runId);
  if (!run) throw new DeepaasError("not_found", `There is no run ${runId}.`);
  return run;
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortReason(signal);
}
