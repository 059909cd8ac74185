// Opens the file: creates it, refuses files of other programs or newer versions, and migrates it.
import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DeepaasError } from "@deepaas/core";
import { migrations } from "./migrations.ts";
import { sqliteCodeOf } from "./storage-error.ts";
import { syncFolder } from "./sync-folder.ts";

/** "dpas": the application id of these files. */
const applicationId = 0x64706173;
/** Timeout for a lock of another process, in milliseconds. It blocks the event loop. */
export const busyMs = 1_000;
/** WAL pages after which a commit checkpoints them: rarely, and at most 16 MB on disk. */
const checkpointPages = 4_000;

/** Rejects `failed_precondition` for a file of another program, of a newer version or damaged, `unavailable` for one in use. */
export function openDatabase(path: string, steps: readonly string[] = migrations): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    makeFile(path);
    db = new DatabaseSync(path, { timeout: busyMs, enableForeignKeyConstraints: false });
    checkOwner(db, path, steps.length);
    db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA secure_delete = ON;
      PRAGMA wal_autocheckpoint = ${checkpointPages};
      PRAGMA cache_size = -16000;
      PRAGMA journal_size_limit = ${checkpointPages * 4_096};
    `);
    // What an earlier process erased must not stay in the WAL.
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    migrate(db, steps);
    return db;
  } catch (error) {
    if (db?.isOpen) db.close();
    throw openingError(error, path);
  }
}

/** The tables that `storedBlobs` and `checkStoreFile` read have not changed since. */
export const oldestReadable = 2;

/**
 * Opens the file for reading. Rejects `failed_precondition` also for a missing file and for one of a version before `oldest`,
 * by default that of this program.
 */
export function openReadOnly(path: string, { oldest = migrations.length } = {}): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    if (!existsSync(path)) throw new DeepaasError("failed_precondition", `There is no file ${path}.`);
    db = new DatabaseSync(path, { readOnly: true, timeout: busyMs });
    checkOwner(db, path, migrations.length);
    if (pragma(db, "user_version") < oldest) {
      throw new DeepaasError(
        "failed_precondition",
        `${path} is of an older version; a server updates it when it starts.`,
      );
    }
    return db;
  } catch (error) {
    if (db?.isOpen) db.close();
    throw openingError(error, path);
  }
}

function makeFile(path: string): void {
  const made = mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    // Only to create it: closing a file that SQLite has open in this process would release SQLite's locks on it.
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
    throw error;
  }
  chmodSync(path, 0o600);
  syncFolder(dirname(path));
  if (made !== undefined) syncFolder(dirname(made));
}

function checkOwner(db: DatabaseSync, path: string, newest: number): void {
  const owner = pragma(db, "application_id");
  const version = pragma(db, "user_version");
  const empty = db.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  if (owner !== applicationId && !(owner === 0 && version === 0 && empty)) {
    throw new DeepaasError("failed_precondition", `${path} is a database of another program.`);
  }
  if (version > newest) {
    throw new DeepaasError(
      "failed_precondition",
      `${path} was written by a newer version of deepaas (its tables have version ${version}, this one knows ${newest}).`,
    );
  }
}

function migrate(db: DatabaseSync, steps: readonly string[]): void {
  if (pragma(db, "user_version") === steps.length) return;
  db.exec("BEGIN IMMEDIATE");
  try {
    for (const step of steps.slice(pragma(db, "user_version"))) db.exec(step);
    db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${steps.length}; COMMIT`);
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function pragma(db: DatabaseSync, name: "application_id" | "user_version"): number {
  return db.prepare(`PRAGMA ${name}`).get()?.[name] as number;
}

/** Returns one line that names the file. */
export function openingError(error: unknown, path: string): unknown {
  if (DeepaasError.is(error)) {
    return error.message.includes(path)
      ? error
      : new DeepaasError(error.code, `${path}: ${error.message}`, { cause: error });
  }
  const code = sqliteCodeOf(error);
  const why = error instanceof Error ? error.message : String(error);
  if (code === 26) return new DeepaasError("failed_precondition", `${path} is not a database.`, { cause: error });
  // 1: tables of its version are missing.
  if (code === 11 || code === 1)
    return new DeepaasError("failed_precondition", `${path} is damaged: ${why}.`, { cause: error });
  return new DeepaasError("unavailable", `${path} cannot be opened: ${why}.`, { cause: error });
}
