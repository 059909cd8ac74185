// Tells the node that runs a training that another node has recorded its cancel.
import { DeepaasError } from "../contract/error.ts";
import type { RunStore } from "../ports/run-store.ts";

/** Each report of the run wakes: the record is read so often at most. */
const readEveryMs = 100;

export interface StopWatch {
  /** Aborted with `cancelled` when the run is stopping. */
  readonly signal: AbortSignal;
  close(): void;
}

export function whenStopping(runId: string, store: RunStore): StopWatch {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const read = async () => {
    try {
      if ((await store.get(runId))?.state !== "stopping") return;
      controller.abort(new DeepaasError("cancelled", "The run was cancelled."));
    } catch {
      // The store is out of reach: its next wake-up reads again.
    }
  };
  const unsubscribe = store.subscribe(runId, () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void read();
    }, readEveryMs);
  });
  return {
    signal: controller.signal,
    close: () => {
      clearTimeout(timer);
      unsubscribe();
    },
  };
}
