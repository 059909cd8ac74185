// The full check of a store: every page of the database, every run and its log, and every file by its hash.
import type { DatabaseSync } from "node:sqlite";
import { DeepaasError, errorText, type Run } from "@deepaas/core";
import { oldestReadable, openReadOnly } from "./database.ts";
import { directoryBlobs } from "./directory-blobs.ts";
import { storedBlobs } from "./stored-blobs.ts";

export interface CheckedStore {
  readonly runs: number;
  readonly files: number;
  /** Of the files. */
  readonly bytes: number;
  /** One sentence for each thing that is damaged or missing. */
  readonly problems: readonly string[];
}

/** Where a store is. */
export interface StoreFiles {
  /** Of `sqliteStore`. */
  readonly path: string;
  /** Of `directoryBlobs`. */
  readonly blobs: string;
}

export interface CheckStoreOptions {
  /** False: of each file only the size is compared, not the hash. Default true. */
  readonly hashes?: boolean;
}

type Report = (problem: string) => void;

const maxProblems = 100;

/**
 * Reads everything that a store has, and changes nothing. A server may use it meanwhile: what that removes during the check may be
 * reported as missing. Rejects `failed_precondition` if the file is missing, of another program, of a newer version or of one
 * before 2, and `unavailable` if it cannot be opened.
 */
export async function checkStoreFile(
  { path, blobs }: StoreFiles,
  { hashes = true }: CheckStoreOptions = {},
): Promise<CheckedStore> {
  const problems: string[] = [];
  const report: Report = (problem) => {
    if (problems.length < maxProblems) problems.push(problem);
  };
  const db = openReadOnly(path, { oldest: oldestReadable });
  try {
    for (const { integrity_check: line } of db.prepare(`PRAGMA integrity_check(${maxProblems})`).all()) {
      if (line !== "ok") report(`${path}: ${String(line)}`);
    }
    const runs = checkRuns(db, report);
    const files = await checkFiles(db, { blobs, hashes, report });
    return { runs, ...files, problems };
  } catch (error) {
    // A page that cannot be read ends every statement that needs it.
    if (DeepaasError.is(error)) throw error;
    report(`${path}: ${errorText(error)}`);
    return { runs: 0, files: 0, bytes: 0, problems };
  } finally {
    db.close();
  }
}

function checkRuns(db: DatabaseSync, report: Report): number {
  const logOf = db.prepare("SELECT last, body FROM log WHERE run = ? ORDER BY last");
  let count = 0;
  for (const { number, id, record } of db.prepare("SELECT number, id, record FROM runs ORDER BY number").iterate()) {
    count++;
    const run = parsed<Pick<Run, "firstSeq" | "lastSeq">>(record);
    if (!run) {
      report(`the record of run ${String(id)} is damaged`);
      continue;
    }
    let next = run.firstSeq;
    for (const { last, body } of logOf.iterate(number as number)) {
      const facts = parsed<readonly unknown[]>(body);
      const end = last as number;
      if (!facts || !Array.isArray(facts)) report(`the log of run ${String(id)} is damaged at event ${end}`);
      // The first row may begin before the events that are still kept.
      else if (end - facts.length + 1 > next) report(`the log of run ${String(id)} has no event ${next}`);
      next = end + 1;
    }
    if (next !== run.lastSeq + 1)
      report(`the log of run ${String(id)} ends at event ${next - 1}, not at ${run.lastSeq}`);
  }
  return count;
}

async function checkFiles(
  db: DatabaseSync,
  { blobs, hashes, report }: { readonly blobs: string; readonly hashes: boolean; readonly report: Report },
): Promise<Pick<CheckedStore, "files" | "bytes">> {
  const store = directoryBlobs({ path: blobs });
  let files = 0;
  let bytes = 0;
  for (const { name, ref } of [...storedBlobs(db)]) {
    files++;
    if (!ref) {
      report(`the reference to ${name} is damaged`);
      continue;
    }
    bytes += ref.size;
    try {
      await store.get(ref);
      if (hashes) await store.verify?.(ref);
    } catch (error) {
      report(`${name}: ${errorText(error)}`);
    }
  }
  return { files, bytes };
}

function parsed<T>(text: unknown): T | undefined {
  try {
    return JSON.parse(String(text)) as T;
  } catch {
    return undefined;
  }
}
