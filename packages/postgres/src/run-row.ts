// A run as the store keeps it, and its row.
import { DeepaasError, type JsonObject, type MetricValue, type Run } from "@deepaas/core";
import { deepFrozen } from "@deepaas/core/ports";
import { keyText, textOfKey } from "./key-text.ts";

export interface KeptRun {
  /** In the order of creation. Never reused. */
  readonly number: number;
  readonly fingerprint: string;
  /** Frozen. */
  readonly run: Run;
  /** The epoch of the process that runs it. Null: it is not held. */
  readonly holder: number | null;
  /** Number of the last append of the newest attempt. */
  readonly appendNumber: number;
  readonly lostInARow: number;
  /** Time of the last event. A later event never gets an earlier time, even if the clock went back. */
  readonly lastAt: string;
}

export interface RecordRow {
  readonly id: string;
  readonly record: string;
  readonly metrics: string | null;
  readonly args: string;
}

export interface RunRow extends RecordRow {
  readonly number: number;
  readonly fingerprint: string;
  readonly holder: number | null;
  readonly append_number: number;
  readonly lost_in_a_row: number;
  readonly last_at: string;
}

export const recordColumns = "id, record, metrics, args";
export const runColumns = `number, fingerprint, holder, append_number, lost_in_a_row, last_at, ${recordColumns}`;

/** Throws `internal` for a damaged row. */
export function keptRunFrom(row: RunRow): KeptRun {
  return {
    number: row.number,
    fingerprint: row.fingerprint,
    run: runFrom(row),
    holder: row.holder,
    appendNumber: row.append_number,
    lostInARow: row.lost_in_a_row,
    lastAt: row.last_at,
  };
}

/** Throws `internal` for a damaged row. */
export function runFrom({ id, record, metrics, args }: RecordRow): Run {
  try {
    const run = JSON.parse(record) as Run;
    const progress = metrics === null ? run.progress : { ...run.progress, metrics: metricsFrom(metrics) };
    return deepFrozen({ ...run, ...(progress && { progress }), args: JSON.parse(args) as JsonObject });
  } catch (error) {
    throw new DeepaasError("internal", `The record of run ${textOfKey(id)} is damaged.`, { cause: error });
  }
}

/** Returns the columns `record` and `metrics`. The metrics have a column of their own, by which lists are ordered. */
export function recordTexts({ args: _beside, progress, ...run }: Run): { record: string; metrics: string | null } {
  if (!progress) return { record: JSON.stringify(run), metrics: null };
  const { metrics, ...others } = progress;
  const record = JSON.stringify({ ...run, progress: others });
  if (!metrics) return { record, metrics: null };
  const byKey = Object.entries(metrics).map(([name, value]) => [keyText(name), value]);
  return { record, metrics: JSON.stringify(Object.fromEntries(byKey)) };
}

function metricsFrom(text: string): Readonly<Record<string, MetricValue>> {
  const byKey = JSON.parse(text) as Readonly<Record<string, MetricValue>>;
  return Object.fromEntries(Object.entries(byKey).map(([key, value]) => [textOfKey(key), value]));
}
