// The options of `sqliteStore`. An unknown option is an error.
import { resolve } from "node:path";
import { rejectUnknownOptions } from "@deepaas/core";

export interface SqliteStoreOptions {
  /** The file, absolute or relative to the working directory. Created with its folder if it is missing. */
  readonly path: string;
  /** Events kept per run; older ones are trimmed. Default: all. At least 1. */
  readonly keepEvents?: number;
  /**
   * True: reads the file and changes nothing. It does not become the holder, so that another process may go on, and what that
   * writes is seen by the next read. A file that is missing or of an older version is refused with `failed_precondition`, and so
   * is every write. Default false.
   */
  readonly readOnly?: boolean;
}

const defaultSqliteStoreOptions = {
  keepEvents: Number.POSITIVE_INFINITY,
  readOnly: false,
} as const satisfies Partial<SqliteStoreOptions>;

export type StoreSettings = Required<SqliteStoreOptions>;

/** Throws a TypeError that names the faulty option. */
export function checkStoreOptions(options: SqliteStoreOptions): StoreSettings {
  rejectUnknownOptions("sqliteStore", options, { path: true, ...defaultSqliteStoreOptions });
  const { path, keepEvents, readOnly } = { ...defaultSqliteStoreOptions, ...options };
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    throw new TypeError("sqliteStore: path is the path of a file.");
  }
  if (!(keepEvents === Number.POSITIVE_INFINITY || Number.isSafeInteger(keepEvents)) || keepEvents < 1) {
    throw new TypeError(`sqliteStore: keepEvents is a whole number of at least 1, not ${String(keepEvents)}.`);
  }
  if (typeof readOnly !== "boolean") throw new TypeError("sqliteStore: readOnly is true or false.");
  return { path: resolve(path), keepEvents, readOnly };
}
