// A copy of a store while its server goes on: the database as it was at one moment, and every file that it refers to.
import { closeSync, fdatasyncSync, openSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { DeepaasError } from "@deepaas/core";
import { BlobCopies, damaged } from "./blob-copies.ts";
import type { StoreFiles } from "./check-store.ts";
import { oldestReadable, openingError, openReadOnly } from "./database.ts";
import { isDamagedFile } from "./storage-error.ts";
import { type StoredBlob, storedBlobs } from "./stored-blobs.ts";
import { syncFolders } from "./sync-folder.ts";

export interface CopyStoreOptions {
  /** Called with the bytes that are copied and with those that are known to be to copy, which may grow. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/** Pages of the database that are copied at a time: 16 MB. */
const pagesAtATime = 4_000;
const maxTries = 1_000;

/**
 * Copies the store in `from` to the files `to`, which must not exist yet; the folder of `to.path` must. A server may use `from`
 * meanwhile, and is never blocked: only its write-ahead log grows until the database is copied. Files are hard links, or share
 * their blocks, where the file system allows; others are read and compared with their hashes. If it rejects, part of the copy is
 * left.
 *
 * Rejects as `checkStoreFile` if the database cannot be opened, `failed_precondition` if it or a file is damaged or missing,
 * `unavailable` if files are removed more quickly than they can be opened, and with the error of Node.js if a disk fails.
 */
export async function copyStore(
  from: StoreFiles,
  to: StoreFiles,
  { onProgress }: CopyStoreOptions = {},
): Promise<void> {
  // SQLite would create it with the mode that the umask leaves.
  closeSync(openSync(to.path, "wx", 0o600));
  const db = openReadOnly(from.path, { oldest: oldestReadable });
  let done = 0;
  let total = 0;
  const report = (copied: number, found = 0) => {
    done += copied;
    total += found;
    onProgress?.(done, Math.max(done, total));
  };
  try {
    using copies = new BlobCopies({ from: from.blobs, to: to.blobs, onBytes: report });
    let gone: ReadonlySet<string> = new Set();
    for (let tries = 1; ; tries++) {
      // Until the end of this transaction the connection reads the database as it is now.
      db.exec("BEGIN");
      const taken = takeAll(db, copies, { goneBefore: gone, onFound: (bytes) => report(0, bytes) });
      if (taken.gone.size === 0 && taken.left.length === 0) {
        report(0, sizeOf(db));
        await copyPages(db, to.path, report);
        db.exec("COMMIT");
        await copies.finish();
        break;
      }
      db.exec("COMMIT");
      if (tries >= maxTries) {
        throw new DeepaasError("unavailable", "Files of runs are removed more quickly than they can be copied.");
      }
      gone = new Set([...taken.gone, ...(await copyLeft(taken.left, copies))]);
    }
  } catch (error) {
    throw DeepaasError.is(error) || isDamagedFile(error) ? openingError(error, from.path) : error;
  } finally {
    db.close();
  }
  await makeSingleFile(to.path);
}

interface Taken {
  /** Ids of blobs that were removed since the moment of the database. */
  readonly gone: ReadonlySet<string>;
  /** Those for which no more files could be opened. */
  readonly left: readonly StoredBlob[];
}

/**
 * Takes all blobs to which the database refers now. A server removes a blob after the reference, so one that was gone before this
 * moment and still has a reference is lost.
 */
function takeAll(
  db: DatabaseSync,
  copies: BlobCopies,
  { goneBefore, onFound }: { readonly goneBefore: ReadonlySet<string>; readonly onFound: (bytes: number) => void },
): Taken {
  const gone = new Set<string>();
  const left: StoredBlob[] = [];
  for (const blob of storedBlobs(db)) {
    if (copies.has(blob.id)) continue;
    if (goneBefore.has(blob.id)) throw damaged(`${blob.name} is missing`);
    const answer = left.length > 0 ? "full" : copies.take(blob);
    if (answer === "gone") gone.add(blob.id);
    else onFound(blob.ref?.size ?? 0);
    if (answer === "full") left.push(blob);
  }
  return { gone, left };
}

/** Returns the ids of those that are gone. */
async function copyLeft(left: readonly StoredBlob[], copies: BlobCopies): Promise<readonly string[]> {
  await copies.finish();
  const gone: string[] = [];
  for (const blob of left) {
    if (copies.take(blob) === "gone") gone.push(blob.id);
    await copies.finish();
  }
  return gone;
}

async function copyPages(db: DatabaseSync, path: string, onBytes: (bytes: number) => void): Promise<void> {
  const size = sizeOf(db);
  let copied = 0;
  const report = (bytes: number) => {
    onBytes(bytes - copied);
    copied = bytes;
  };
  const file = await open(path, "r+");
  try {
    await backup(db, path, {
      rate: pagesAtATime,
      progress({ totalPages, remainingPages }) {
        // Bit by bit: all at the end would delay every sync of the server until the disk has written it.
        fdatasyncSync(file.fd);
        report(size * (1 - remainingPages / totalPages));
      },
    });
    report(size);
  } finally {
    await file.close();
  }
}

function sizeOf(db: DatabaseSync): number {
  const { size } = db
    .prepare("SELECT page_count * page_size AS size FROM pragma_page_count, pragma_page_size")
    .get() as {
    readonly size: number;
  };
  return size;
}

/** Without a write-ahead log beside it, the copy can be read also where nothing can be written. */
async function makeSingleFile(path: string): Promise<void> {
  const db = new DatabaseSync(path);
  try {
    db.exec("PRAGMA journal_mode = DELETE");
  } finally {
    db.close();
  }
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolders([dirname(path)]);
}
