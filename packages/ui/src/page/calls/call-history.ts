// The last calls of a model, kept in the browser: arguments without files and secrets, and one line about the result.
import { isObject } from "@deepaas/core";

export interface CallRecord {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Absent if they were too large to keep. */
  readonly args?: Readonly<Record<string, unknown>>;
  /** Names of the files. They are not kept. */
  readonly files: readonly string[];
  /** "ok", or the code of the error. */
  readonly status: string;
  readonly summary: string;
  readonly ms: number;
}

const most = 20;
const longestArgs = 16_384;

/** Returns what is kept under `key`, the newest first. */
export function readCalls(key: string): readonly CallRecord[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one) => isObject(one) && Array.isArray(one.files)) : [];
  } catch {
    // Forbidden, or written by something else.
    return [];
  }
}

/** Keeps the calls if the browser allows it, and returns those that it tried to keep. */
export function keepCalls(key: string, records: readonly CallRecord[]): readonly CallRecord[] {
  const kept = records
    .slice(0, most)
    .map(({ args, ...one }) =>
      JSON.stringify(args ?? {}).length <= longestArgs ? { ...one, ...(args && { args }) } : one,
    );
  try {
    localStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // Full or forbidden.
  }
  return kept;
}
