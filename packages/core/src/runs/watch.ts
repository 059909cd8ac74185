// Reads the log of a run from a cursor to its last event. Replay and live events are this one loop.

import { throwIfAborted } from "../contract/abort-reason.ts";
import { DeepaasError } from "../contract/error.ts";
import { checkCursor } from "../contract/log-range.ts";
import { nextTick } from "../contract/next-tick.ts";
import { isTerminal, type Run, type RunEvent } from "../contract/run.ts";
import type { RunStore } from "../ports/run-store.ts";
import { getRun } from "./get-run.ts";
import type { OpenWatches } from "./open-watches.ts";

export interface WatchOptions {
  /** The `seq` of the last event that the watcher has. Default: the log from its first event on. */
  readonly after?: number;
  /** Ends the watch: it rejects with the signal's reason if that is a DeepaasError, else `cancelled`. */
  readonly signal?: AbortSignal;
  /** Called before the first read. The watch rejects with what it throws. */
  readonly onStart?: () => void;
  /** Converts the error with which the watch rejects. Default: the error itself. */
  readonly mapError?: (error: unknown) => unknown;
  /** The watch is among them until its end. */
  readonly watches?: OpenWatches;
}

const chunk = 512;

/**
 * The order of the steps matters. Subscribing after the read, or reading the wake count after it, loses events. Without the
 * return for an ended run whose log is read completely, every reconnect at the last event hangs.
 */
export async function* watchRun(
  store: RunStore,
  runId: string,
  options: WatchOptions = {},
): AsyncGenerator<RunEvent, void, undefined> {
  const { signal, mapError, watches } = options;
  options.onStart?.();
  let wakes = 0;
  let awaken: (() => void) | undefined;
  const wake = () => {
    wakes++;
    awaken?.();
  };
  const unsubscribe = store.subscribe(runId, wake);
  signal?.addEventListener("abort", wake);
  const open = watches?.add(runId);
  try {
    let cursor = firstCursor(await getRun(store, runId), options.after);
    if (open) Object.assign(open, { cursor, idle: false });
    let isFirstRead = options.after === undefined;
    for (;;) {
      throwIfAborted(signal);
      const seen = wakes;
      let events: readonly RunEvent[];
      try {
        events = await store.read(runId, cursor, chunk);
      } catch (error) {
        // A watch without a cursor starts at the first event, also if events were trimmed before the first read.
        if (!isFirstRead || !DeepaasError.is(error) || error.code !== "out_of_range" || error.first === undefined)
          throw error;
        cursor = error.first - 1;
        continue;
      }
      isFirstRead = false;
      for (const event of events) {
        cursor = event.seq;
        if (open) open.cursor = cursor;
        yield event;
        if (isTerminal(event.type)) return;
        if (signal?.aborted) throwIfAborted(signal);
      }
      if (events.length > 0) {
        // A long replay from memory must not block the event loop with microtasks.
        if (events.length === chunk) await nextTick();
        continue;
      }
      const run = await getRun(store, runId);
      if (isTerminal(run.state) && run.lastSeq <= cursor) return;
      if (open) open.idle = true;
      while (wakes === seen) {
        await new Promise<void>((resolve) => {
          awaken = resolve;
        });
        awaken = undefined;
      }
      if (open) open.idle = false;
    }
  } catch (error) {
    throw mapError ? mapError(error) : error;
  } finally {
    signal?.removeEventListener("abort", wake);
    unsubscribe();
    if (open) watches?.delete(open);
  }
}

function firstCursor(run: Run, after: number | undefined): number {
  if (after === undefined) return run.firstSeq - 1;
  if (!Number.isSafeInteger(after) || after < 0) {
    throw new DeepaasError("invalid_args", "A cursor is the seq of an event, or 0.", {
      issues: [{ pointer: "/after", rule: "type", message: "Must be a whole number of at least 0." }],
    });
  }
  checkCursor(run, after);
  return after;
}
