// The last calls of a model, kept in the browser: arguments without files and secrets, and one line about the result.
import { isObject, type JsonObject } from "@deepaas/core";

export interface CallRecord {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Absent if they were too large to keep. */
  readonly args?: JsonObject;
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

/** `storage`: undefined where the browser keeps nothing for this page. */
export function callHistory(storage: Storage | undefined, serverUrl: string, model: string): CallHistory {
  const key = `deepaas-calls ${serverUrl} ${model}`;
  // What cannot be kept, because the storage is full or forbidden, is known until the page goes.
  let known = readRecords(storage, key);
  const write = (records: readonly CallRecord[]) => {
    known = records;
    try {
      if (records.length === 0) storage?.removeItem(key);
      else storage?.setItem(key, JSON.stringify(records));
    } catch {
      // Full or forbidden.
    }
  };
  return {
    read: () => known,
    add({ args, ...record }) {
      const isShort = args !== undefined && JSON.stringify(args).length <= longestArgs;
      // Another tab may have added calls.
      const before = readRecords(storage, key);
      write([{ ...record, ...(isShort && { args }) }, ...(before.length > 0 ? before : known)].slice(0, most));
      return known;
    },
    write,
  };
}

function readRecords(storage: Storage | undefined, key: string): readonly CallRecord[] {
  try {
    const kept: unknown = JSON.parse(storage?.getItem(key) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isRecord) : [];
  } catch {
    return [];
  }
}

function isRecord(value: unknown): value is CallRecord {
  if (!isObject(value)) return false;
  const { at, files, status, summary, ms, args } = value;
  return (
    typeof at === "number" &&
    typeof ms === "number" &&
    typeof status === "string" &&
    typeof summary === "string" &&
    Array.isArray(files) &&
    files.every((one) => typeof one === "string") &&
    (args === undefined || isObject(args))
  );
}

/** Undefined where the browser keeps nothing for this page. */
export function browserStorage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
