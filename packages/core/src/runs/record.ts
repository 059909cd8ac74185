// How the record of a run follows from its log, and which appends are allowed. Every store uses these functions.
import { deepFrozen } from "../contract/deep-frozen.ts";
import { setMember } from "../contract/json.ts";
import {
  isTerminal,
  type MetricValue,
  type ProgressFact,
  type Run,
  type RunEvent,
  type RunFact,
} from "../contract/run.ts";
import type { AppendPosition, LogAppend, NewRun, StoredCheckpoint } from "../ports/run-store.ts";

/** What a store knows about a run besides its record. */
interface Written {
  readonly run: Run;
  readonly held: boolean;
  /** Number of the last append of the newest attempt. */
  readonly appendNumber: number;
}

/** Returns the record of a new run, before its first event. `args` becomes a part of it. */
export function newRecord({ id, model, owner }: NewRun, args: NewRun["args"], createdAt: string): Run {
  const identity = { id, model, ...(owner !== undefined && { owner }) };
  return { ...identity, state: "queued", attempt: 0, args, createdAt, firstSeq: 1, lastSeq: 0, artifacts: [] };
}

/** Returns the events of an append, with their time. They never get an earlier time than `lastAt`, that of the last event. */
export function nextEvents(
  { run, lastAt }: { readonly run: Run; readonly lastAt: string },
  entries: readonly LogAppend[],
): { readonly at: string; readonly facts: readonly RunFact[]; readonly events: readonly RunEvent[] } {
  const now = new Date().toISOString();
  const at = now > lastAt ? now : lastAt;
  const facts = entries.map(({ fact }) => fact);
  const events = facts.map((fact, i): RunEvent => deepFrozen({ seq: run.lastSeq + i + 1, at, ...fact }));
  return { at, facts, events };
}

/** Returns the answer of `RunStore.append` without a change, or undefined if the entries must be kept. */
export function checkAppend(
  written: Written | undefined,
  entries: readonly LogAppend[],
  position: AppendPosition | undefined,
): "kept" | "stale" | undefined {
  if (!written || (position && position.attempt !== written.run.attempt)) return "stale";
  if (position?.appendNumber !== undefined && position.appendNumber <= written.appendNumber) return "kept";
  const { state } = written.run;
  if (isTerminal(state) || (position?.appendNumber !== undefined && !written.held)) return "stale";
  return state !== "running" && entries.some(({ fact }) => fact.type === "stopping") ? "stale" : undefined;
}

/** True if `RunStore.claim` returns the run. */
export function mayBeClaimed({ run, held }: Omit<Written, "appendNumber">): boolean {
  return !held && !isTerminal(run.state) && run.state !== "stopping";
}

/** Returns what `RunStore.open` appends to a run that a dead process held. */
export function entryAfterCrash(run: Run, counted: boolean): LogAppend {
  if (run.state === "stopping") return { fact: { type: "cancelled" }, counted };
  return { fact: { type: "lost", reason: "The server died." }, counted };
}

/** Returns the stored part of a checkpoint entry. */
export function checkpointFrom(step: number, { data, blob, version }: LogAppend): StoredCheckpoint {
  return {
    step,
    ...(data !== undefined && { data }),
    ...(blob && { blob }),
    ...(version !== undefined && { version }),
  };
}

/** Returns the record after `events`, in order. Same as `applyEvent` for each, but cheaper for many reports. Pure. */
export function applyEvents(run: Run, events: readonly RunEvent[]): Run {
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
      next = applyEvent(next, events[i] as RunEvent);
      i++;
    }
  }
  return next;
}

/** Returns the record after one more event. Pure. */
export function applyEvent(run: Run, event: RunEvent): Run {
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
      // A lost run with a recorded cancel stays `stopping`: its holder ends it as cancelled.
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
    for (const name in reported) setMember(metrics, name, reported[name]);
  }
  return Object.keys(metrics).length > 0 ? { ...progress, metrics } : progress;
}
