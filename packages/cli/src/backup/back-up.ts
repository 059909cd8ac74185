// Copies the data directory of a server, which may run, into a new directory.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { DeepaasError } from "@deepaas/core";
import { createTemporaryFolder } from "@deepaas/core/node";
import { type CheckedStore, checkStoreFile, copyStore } from "@deepaas/sqlite";
import { CliError } from "../cli-error.ts";
import { fileReason } from "../file-reason.ts";
import { interruptedRestore, restoreMark } from "../serve/data-dir.ts";
import type { CopyProgress } from "./copy-progress.ts";
import { blobsName, grantsKeyName, storeName, syncFolder, writeManifest } from "./manifest.ts";

export interface BackedUp extends Pick<CheckedStore, "runs" | "files"> {
  /** Of all files, the database among them. */
  readonly bytes: number;
}

export interface BackUpOptions {
  readonly dataDir: string;
  /** Must be empty, or not exist yet in a folder that exists. */
  readonly target: string;
  readonly progress: CopyProgress;
}

/**
 * The target appears when the backup is complete and checked; if anything fails, nothing is left. Throws a CliError
 * `failed_precondition` if the data directory cannot be read or is damaged, or if the target cannot be written, and
 * `already_exists` if the target is not empty.
 */
export async function backUp({ dataDir, target, progress }: BackUpOptions): Promise<BackedUp> {
  checkDataDir(dataDir, "name the data directory of the server with --data-dir");
  const place = checkedTarget(target, dataDir);
  const temporary = await createTemporaryFolder(dirname(place), "backup").catch((error: unknown) => {
    throw copyError(error, { from: dataDir, to: target });
  });
  try {
    const made = await fill(join(temporary.path, "data"), dataDir, progress);
    moveTo(place, { from: join(temporary.path, "data"), target });
    return made;
  } catch (error) {
    throw copyError(error, { from: dataDir, to: target });
  } finally {
    progress.end();
    await temporary.remove();
  }
}

/** Throws a CliError if it has no runs; `hint` says what to do then. */
export function checkDataDir(dataDir: string, hint: string): void {
  if (existsSync(join(dataDir, restoreMark))) throw interruptedRestore(dataDir);
  try {
    statSync(join(dataDir, storeName));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR") throw cannotRead(dataDir, error);
    throw new CliError("failed_precondition", `there are no runs in ${dataDir}`, { hint });
  }
}

/** Returns the real path. */
function checkedTarget(target: string, dataDir: string): string {
  const there = statSync(target, { throwIfNoEntry: false });
  if (there && !there.isDirectory()) throw new CliError("already_exists", `${target} is not a directory`);
  const parent = dirname(resolve(target));
  if (!there && statSync(parent, { throwIfNoEntry: false })?.isDirectory() !== true) {
    // It may be a disk that is not mounted.
    throw new CliError("failed_precondition", `there is no directory ${parent}`, {
      hint: "create it, or correct the path",
    });
  }
  const place = there ? realpathSync(target) : join(realpathSync(parent), basename(resolve(target)));
  if (isInside(realpathSync(dataDir), place)) {
    throw new CliError("invalid_args", `${target} is in the data directory, with which it would be lost`, {
      hint: "name another directory, best on another disk",
    });
  }
  if (there && readdirOf(place, target).length > 0) throw notEmpty(target);
  return place;
}

function readdirOf(place: string, target: string): readonly string[] {
  try {
    return readdirSync(place);
  } catch (error) {
    throw cannotRead(target, error);
  }
}

async function fill(folder: string, dataDir: string, progress: CopyProgress): Promise<BackedUp> {
  mkdirSync(folder, { mode: 0o700 });
  const createdAt = new Date().toISOString();
  const copy = { path: join(folder, storeName), blobs: join(folder, blobsName) };
  const from = { path: join(dataDir, storeName), blobs: join(dataDir, blobsName) };
  await copyStore(from, copy, { onProgress: progress.copied });
  copyGrantsKey(dataDir, folder);
  progress.say("checking");
  const { runs, files, problems } = await checkStoreFile(copy, { hashes: false });
  if (problems.length > 0) {
    throw new CliError("failed_precondition", `${dataDir} is damaged: ${problems[0]}`, {
      hint: "deepaas doctor lists what is damaged; an earlier backup may have it",
    });
  }
  writeFileSync(join(folder, ".gitignore"), "*\n", { mode: 0o600 });
  const manifest = await writeManifest(folder, createdAt);
  return { runs, files, bytes: manifest.files.reduce((sum, { size }) => sum + size, 0) };
}

/** A server without authentication has none. */
export function copyGrantsKey(from: string, to: string): void {
  const key = join(from, grantsKeyName);
  if (!existsSync(key)) return;
  copyFileSync(key, join(to, grantsKeyName));
  chmodSync(join(to, grantsKeyName), 0o600);
}

function moveTo(place: string, { from, target }: { readonly from: string; readonly target: string }): void {
  try {
    // Windows does not rename to a directory that exists.
    if (existsSync(place)) rmdirSync(place);
    renameSync(from, place);
    syncFolder(dirname(place));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST") throw notEmpty(target);
    if (code !== "EBUSY") throw error;
    throw new CliError("failed_precondition", `${target} is a mount point`, { hint: "name a new directory in it" });
  }
}

function notEmpty(target: string): CliError {
  return new CliError("already_exists", `${target} is not empty`, {
    hint: "name a directory that does not exist yet; a backup never overwrites anything",
  });
}

function cannotRead(path: string, cause: unknown): CliError {
  return new CliError("failed_precondition", `cannot read ${path}: ${fileReason(cause)}`, { cause });
}

/** Returns errors of a disk as those of the directory in which they happened. */
export function copyError(error: unknown, { from, to }: { readonly from: string; readonly to: string }): unknown {
  if (error instanceof CliError || DeepaasError.is(error)) return error;
  const { path } = error as NodeJS.ErrnoException;
  if (path !== undefined && isInside(resolve(from), path)) return cannotRead(from, error);
  return new CliError("failed_precondition", `cannot write ${to}: ${fileReason(error)}`, { cause: error });
}

export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
