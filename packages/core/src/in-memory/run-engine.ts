// The `RunEngine` of one process: runs wait in order and at most `slots` are handled at once.
import { DeepaasError } from "../contract/error.ts";
import type { ProcessOptions, QueuedRun, RunEngine, RunHandler } from "../ports/run-engine.ts";

export function memoryEngine(): RunEngine {
  const waiting = new Map<string, QueuedRun>();
  const active = new Map<string, { readonly abort: AbortController; readonly done: Promise<unknown> }>();
  let processing: (ProcessOptions & { readonly handle: RunHandler }) | undefined;
  let closed = false;

  const pump = () => {
    if (!processing || closed) return;
    for (const run of waiting.values()) {
      if (active.size >= processing.slots) return;
      if (processing.models.has(run.model)) start(run, processing.handle);
    }
  };

  const start = ({ runId }: QueuedRun, handle: RunHandler) => {
    waiting.delete(runId);
    const abort = new AbortController();
    // A handler never rejects; should it, the slot must still come free.
    const done = handle(runId, { signal: abort.signal, again: false })
      .catch(() => {})
      .finally(() => {
        active.delete(runId);
        pump();
      });
    active.set(runId, { abort, done });
  };

  return {
    async submit(run) {
      if (closed || active.has(run.runId)) return;
      waiting.set(run.runId, run);
      pump();
    },
    async cancel(runId) {
      waiting.delete(runId);
      active.get(runId)?.abort.abort(new DeepaasError("cancelled", "The run was cancelled."));
    },
    process(handle, options) {
      processing = { ...options, handle };
      pump();
    },
    async waiting() {
      return waiting.size;
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
