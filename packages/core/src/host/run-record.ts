// How a run's record follows from its log. Every store folds its events through here, so that none can disagree.
import type { MetricValue, ProgressFact, Run, RunEvent } from "../run.ts";

/** The record after `events`, in order: `runAfter` for each, but many reports of progress cost as one. Pure. */
export function runAfterAll(run: Run, events: readonly RunEvent[]): Run {
  let next = run;
  for (let i = 0; i < events.length; ) {
    let end = i;
    while (events[end]?.type === "progress") end++;
    if (end > i) {
      const reports = events.slice(i, end) as (RunEvent & ProgressFact)[];
      const { seq } = reports.at(-1) as RunEvent;
      next = { ...next, lastSeq: seq, progress: progressAfter(next.progress, reports) };
      i = end;
    } else {
      next = runAfter(next, events[i] as RunEvent);
      i++;
    }
  }
  return next;
}

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
    case "progress":
      return { ...next, progress: progressAfter(run.progress, [event]) };
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

type Progress = NonNullable<Run["progress"]>;

function progressAfter(before: Progress | undefined, reports: readonly ProgressFact[]): Progress {
  const progress: { -readonly [K in keyof Progress]: Progress[K] } = { ...before };
  const metrics: Record<string, MetricValue> = { ...before?.metrics };
  for (const { step, total, message, metrics: reported } of reports) {
    if (step !== undefined) progress.step = step;
    if (total !== undefined) progress.total = total;
    if (message !== undefined) progress.message = message;
    for (const name in reported) metrics[name] = reported[name] as MetricValue;
  }
  return Object.keys(metrics).length > 0 ? { ...progress, metrics } : progress;
}
