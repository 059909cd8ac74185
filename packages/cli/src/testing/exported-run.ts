// Runs to export: a record and the events of its log.
import type { Run, RunEvent, RunFact } from "@deepaas/core";
import type { ExportedRun } from "../export/exported-run.ts";

/** The first event is of this time, and each further one of a second later. */
export const createdAt = "2026-01-02T03:04:05.250Z";

/** A run whose log has these facts. */
export function exportedRun(id: string, facts: readonly RunFact[], record: Partial<Run> = {}): ExportedRun {
  const run: Run = {
    id,
    model: "digits",
    state: "succeeded",
    attempt: 1,
    args: {},
    createdAt,
    firstSeq: 1,
    lastSeq: facts.length,
    artifacts: [],
    ...record,
  };
  return { run, events: each(eventsFrom(facts)) };
}

export function eventsFrom(facts: readonly RunFact[]): readonly RunEvent[] {
  return facts.map((fact, i) => ({
    seq: i + 1,
    at: new Date(Date.parse(createdAt) + i * 1_000).toISOString(),
    ...fact,
  }));
}

export async function* each<T>(items: Iterable<T>): AsyncIterable<T> {
  yield* items;
}

/** Ends with an error after these items. */
export async function* failing<T>(items: Iterable<T>, error: Error): AsyncIterable<T> {
  yield* items;
  throw error;
}
