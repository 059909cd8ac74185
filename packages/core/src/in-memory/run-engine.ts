// The `RunEngine` of one process: runs wait in order and at most `slots` are handled at once.
import { DeepaasError } from "../contract/error.ts";
import type { RunEngine } from "../ports/run-engine.ts";

export function memoryEngine(): RunEngine {
  const waiting = new Set<string>();
  const active = new Map<string, { readonly abort: AbortController; readonly done: Promise<void> }>();
  let handle: ((runId: string, signal: AbortSignal) => Promise<void>) | undefined;
  let slots = 0;
  let closed = false;

  const pump = () => {
    while (handle && !closed && active.size < slots) {
      const [runId] = waiting;
      if (runId === undefined) return;
      waiting.delete(runId);
      const abort = new AbortController();
      // The desk records how a run ends and never rejects; should it, the slot must still come free.
      const done = handle(runId, abort.signal)
        .catch(() => {})
        .finally(() => {
          active.delete(runId);
          pump();
        });
      active.set(runId, { abort, done });
    }
  };

  return {
    async submit({ runId }) {
      if (closed || active.has(runId)) return;
      waiting.add(runId);
      pump();
    },
    async cancel(runId) {
      waiting.delete(runId);
      active.get(runId)?.abort.abort(new DeepaasError("cancelled", "The run was cancelled."));
    },
    process(handler, options) {
      handle = handler;
      slots = options.slots;
      pump();
    },
    async close() {
      closed = true;
      waiting.clear();
      const all = [...active.values()];
      for (const { abort } of all) abort.abort(new DeepaasError("unavailable", "The server is shutting down."));
      await Promise.all(all.map(({ done }) => done));
    },
  };
}
