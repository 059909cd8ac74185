// Puts the data of a backup into the data directory of a server that does not run.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTemporaryFolder } from "@deepaas/core/node";
import { type CheckedStore, checkStoreFile, copyStore } from "@deepaas/sqlite";
import { CliError } from "../cli-error.ts";
import { fileReason } from "../file-reason.ts";
import { lockDataDir, restoreMark } from "../serve/data-dir.ts";
import { copyError, copyGrantsKey, isInside } from "./back-up.ts";
import type { CopyProgress } from "./copy-progress.ts";
import {
  blobsName,
  damagedBackup,
  grantsKeyName,
  type Manifest,
  readManifest,
  storeName,
  syncFolder,
} from "./manifest.ts";

export interface Restored extends Pick<CheckedStore, "runs" | "files">, Pick<Manifest, "createdAt"> {
  /** Where the data from before is. Undefined if there was none. */
  readonly before: string | undefined;
}

export interface RestoreOptions {
  readonly backup: string;
  readonly dataDir: string;
  /** True: the data that the directory has is moved into a folder in it. */
  readonly force: boolean;
  readonly progress: CopyProgress;
}

/** Files of a data directory that a backup replaces. */
const dataNames = [storeName, `${storeName}-wal`, `${storeName}-shm`, blobsName, grantsKeyName];
/** What a directory without data may have: of a server that has ended, and of a restore that was killed. */
const otherNames = /^(?:lock\.db|server\.json(?:\.new)?|\.gitignore|deepaas-restore-.*)$/;

/**
 * The data directory is changed when everything is copied and checked: by renaming, so that a volume can be restored. If anything
 * fails before, it is as it was. Throws a CliError `failed_precondition` if a server has it, if it is not empty, or if the backup
 * is damaged.
 */
export async function restore({ backup, dataDir, force, progress }: RestoreOptions): Promise<Restored> {
  if (isInside(dataDir, backup)) {
    throw new CliError("invalid_args", `${backup} is in the data directory ${dataDir}`, {
      hint: "move it out of it first",
    });
  }
  checkExisting(dataDir, force);
  const { createdAt } = await readManifest(backup);
  const undo = undoingCreation(dataDir);
  using _lock = lockDataDir(dataDir, "end that server first, or name another --data-dir");
  process.once("exit", undo);
  try {
    // A server may have started and ended since.
    const hasData = checkExisting(dataDir, force);
    const temporary = await createTemporaryFolder(dataDir, "restore");
    try {
      const { runs, files } = await fill(temporary.path, backup, progress);
      const before = hasData
        ? join(dataDir, `before-restore-${new Date().toISOString().replaceAll(":", "-")}`)
        : undefined;
      exchange(dataDir, { from: temporary.path, before });
      return { runs, files, createdAt, before };
    } finally {
      progress.end();
      await temporary.remove();
    }
  } catch (error) {
    undo();
    throw copyError(error, { from: backup, to: dataDir });
  } finally {
    process.off("exit", undo);
  }
}

/** Returns whether there is data. */
function checkExisting(dataDir: string, force: boolean): boolean {
  checkOwner(dataDir);
  const there = namesIn(dataDir);
  if (!force && there.some((name) => !otherNames.test(name))) {
    throw new CliError("failed_precondition", `${dataDir} is not empty`, {
      hint: "--force replaces its data, and keeps them in a folder in it",
    });
  }
  return there.some((name) => dataNames.includes(name));
}

/** What root restores is private to root: the server of another user could not open it. */
function checkOwner(dataDir: string): void {
  const owner = statSync(dataDir, { throwIfNoEntry: false })?.uid;
  if (owner === undefined || process.geteuid === undefined || owner === process.geteuid()) return;
  throw new CliError("failed_precondition", `${dataDir} belongs to another user`, {
    hint: "run the command as the user of the server: sudo -u USER deepaas restore …",
  });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new CliError("failed_precondition", `cannot read ${folder}: ${fileReason(error)}`, { cause: error });
  }
}

/** Returns what removes the files that a lock and a restore which failed have created. Call it while the directory is locked. */
function undoingCreation(dataDir: string): () => void {
  const existed = existsSync(dataDir);
  const before = namesIn(dataDir);
  return () => {
    // Its files are those of the backup, in part or all.
    if (existsSync(join(dataDir, restoreMark))) return;
    const made = existed ? namesIn(dataDir).filter((name) => !before.includes(name) && otherNames.test(name)) : [""];
    for (const name of made) rmSync(join(dataDir, name), { recursive: true, force: true });
  };
}

async function fill(folder: string, backup: string, progress: CopyProgress): Promise<CheckedStore> {
  const copy = { path: join(folder, storeName), blobs: join(folder, blobsName) };
  const from = { path: join(backup, storeName), blobs: join(backup, blobsName) };
  await copyStore(from, copy, { onProgress: progress.copied });
  copyGrantsKey(backup, folder);
  progress.say("checking");
  const checked = await checkStoreFile(copy);
  if (checked.problems.length > 0) throw damagedBackup(backup, checked.problems);
  return checked;
}

/** Renames all, the database last. A server refuses the directory while that is not complete. */
function exchange(
  dataDir: string,
  { from, before }: { readonly from: string; readonly before: string | undefined },
): void {
  const mark = join(dataDir, restoreMark);
  writeFileSync(mark, "", { mode: 0o600, flush: true });
  syncFolder(dataDir);
  const move = (name: string, source: string, target: string) => {
    if (existsSync(join(source, name))) renameSync(join(source, name), join(target, name));
  };
  if (before !== undefined) {
    mkdirSync(before, { mode: 0o700 });
    for (const name of dataNames) move(name, dataDir, before);
  }
  for (const name of [blobsName, grantsKeyName, storeName]) move(name, from, dataDir);
  syncFolder(dataDir);
  rmSync(mark);
}
