// Converts errors of SQLite. The path is only in the cause, for the operator.
import { DeepaasError } from "@deepaas/core";

interface SqliteError extends Error {
  readonly errcode: number;
}

// Primary result codes, https://www.sqlite.org/rescode.html
const meanings: Readonly<Record<number, string>> = {
  5: "its file is in use by another process",
  6: "its file is in use by another process",
  8: "its file is read-only",
  10: "its disk fails",
  13: "its disk is full",
  14: "its file cannot be opened",
};
const damaged: ReadonlySet<number> = new Set([11, 26]);

/** Returns undefined for an error that is not from SQLite. */
export function sqliteCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || (error as { readonly code?: unknown }).code !== "ERR_SQLITE_ERROR") return undefined;
  return (error as SqliteError).errcode & 0xff;
}

/** A page that cannot be read, or a file that is no database. */
export function isDamagedFile(error: unknown): boolean {
  return damaged.has(sqliteCodeOf(error) ?? 0);
}

/** A row with invalid content. Not a damaged page, after which SQLite commits nothing. */
export function isDamagedRow(error: unknown): boolean {
  return error instanceof SyntaxError || (DeepaasError.is(error) && error.code === "internal");
}

/** `unavailable` for a temporary fault (full or read-only disk, lock), `internal` for a damaged file or row. */
export function storageError(error: unknown, path: string): unknown {
  const code = sqliteCodeOf(error);
  const parsed = error instanceof SyntaxError;
  if (code === undefined && !parsed) return error;
  const cause = new Error(`${path}: ${(error as Error).message}`, { cause: error });
  if (code === undefined || isDamagedFile(error))
    return new DeepaasError("internal", "The store's file is damaged.", { cause });
  const why = meanings[code];
  if (why === undefined) return new DeepaasError("internal", "The store failed.", { cause });
  return new DeepaasError("unavailable", `The store cannot be used: ${why}.`, { cause });
}
