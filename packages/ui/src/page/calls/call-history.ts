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

export interface CallHistory {
  readonly read: () => readonly CallRecord[];
  /** Returns what is kept afterwards, the newest first. */
  readonly add: (record: CallRecord) => readonly CallRecord[];
  readonly write: (records: readonly CallRecord[]) => void;
}

const most = 20;
const longestArgs = 16_384;

export function callHistory(serverUrl: string, model: string): CallHistory {
  const key = `deepaas-calls ${serverUrl} ${model}`;
  // What cannot be kept, because the storage is full or forbidden, is known until the page goes.
  let known: readonly CallRecord[] = [];
  const read = () => {
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
      if (Array.isArray(kept) && kept.length > 0)
        return kept.filter((one) => isObject(one) && Array.isArray(one.files));
    } catch {
      // Forbidden, or written by something else.
    }
    return known;
  };
  const write = (records: readonly CallRecord[]) => {
    known = records;
    try {
      localStorage.setItem(key, JSON.stringify(records));
    } catch {
      // Full or forbidden.
    }
  };
  return {
    read,
    write,
    add({ args, ...record }) {
      const isShort = JSON.stringify(args ?? {}).length <= longestArgs;
      // Another tab may have added calls.
      write([{ ...record, ...(args && isShort && { args }) }, ...read()].slice(0, most));
      return known;
    },
  };
}
