// How a run's record follows from its log. Every store folds its events through here, so that none can disagree.
import type { Run, RunEvent } from "../run.ts";

/** The record after one more event. Pure. */
export function runAfter(run: Run, event: RunEvent): Run {
  const next = { ...run, lastSeq: event.seq };
  switch (event.type) {
    case "queued":
      return { ...next, state: "queued" };
    case "started": {
      const { reason: _forgotten, ...rest } = next;
      return { ...rest, state: "running", attempt: event.attempt, startedAt: run.startedAt ?? event.at };
    }
    case "progress": {
      const { type: _type, merged: _merged, seq: _seq, at: _at, ...progress } = event;
      const metrics = { ...run.progress?.metrics, ...progress.metrics };
      return {
        ...next,
        progress: { ...run.progress, ...progress, ...(Object.keys(metrics).length > 0 && { metrics }) },
      };
    }
    case "log":
    case "published":
      return next;
    case "artifact": {
      const { name, size, contentType } = event;
      return { ...next, artifacts: [...run.artifacts.filter((one) => one.name !== name), { name, size, contentType }] };
    }
    case "checkpoint":
      return { ...next, checkpoint: { step: event.step } };
    case "stopping":
      return { ...next, state: "stopping", ...(event.reason !== undefined && { reason: event.reason }) };
    case "lost":
      // A run that was told to stop is not forgotten to be: its holder ends it as cancelled.
      return run.state === "stopping" ? next : { ...next, state: "lost", reason: event.reason };
    case "succeeded": {
      const { reason: _forgotten, ...rest } = next;
      return { ...rest, state: "succeeded", endedAt: event.at, result: event.result };
    }
    case "failed":
      return { ...next, state: "failed", endedAt: event.at, error: event.error };
    case "cancelled":
      return {
        ...next,
        state: "cancelled",
        endedAt: event.at,
        ...(event.reason !== undefined && { reason: event.reason }),
      };
  }
}
