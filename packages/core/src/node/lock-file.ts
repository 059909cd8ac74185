// A lock that the operating system drops with its process, also after kill -9. Node.js has no flock: the lock is a transaction
// of SQLite on an empty file.
import { closeSync, openSync, utimesSync } from "node:fs";
import { pathToFileURL } from "node:url";

export interface FileLock {
  /** Does nothing if it was called before. */
  release(): void;
}

const busy = 5;
const dayMs = 86_400_000;
/** SQLite closes a database that is garbage collected. */
const held = new Set<FileLock>();

/**
 * Creates the file, for its user alone, and locks it until the process ends. Returns undefined if it is locked already, by this
 * process or another one, also one in another container. Throws if it cannot be created or locked. Nothing is written to it.
 *
 * On a network file system the lock may hold for one machine only.
 */
export function lockFile(path: string): FileLock | undefined {
  try {
    // Not if it exists: closing a file that this process has locked would drop the lock.
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return lockExistingFile(path);
}

/** As `lockFile`, but throws if the file does not exist. */
export function lockExistingFile(path: string): FileLock | undefined {
  // Loaded when the first file is locked.
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const url = pathToFileURL(path);
  url.search = "mode=rw";
  const db = new DatabaseSync(url, { timeout: 0 });
  try {
    // In memory: no journal file is needed where nothing is written.
    db.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    // The low byte of an extended result code is the primary code.
    if (((error as { readonly errcode?: number }).errcode ?? 0) % 256 === busy) return undefined;
    throw error;
  }
  const renewal = setInterval(() => renew(path), dayMs);
  renewal.unref();
  const lock: FileLock = {
    release() {
      clearInterval(renewal);
      held.delete(lock);
      if (db.isOpen) db.close();
    },
  };
  held.add(lock);
  return lock;
}

/** Many systems delete files of the temporary folder that were not used for some days. */
function renew(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // It was deleted: the lock protects nothing any more, and nothing can be done about it.
  }
}
