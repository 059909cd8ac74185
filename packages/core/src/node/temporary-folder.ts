// Folders for files that must not outlive their process. A process that is killed leaves its folders; the next one removes them.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { type FileLock, lockExistingFile, lockFile } from "./lock-file.ts";

export interface TemporaryFolder {
  readonly path: string;
  /** Removes the folder with its files. Never rejects; may be called twice. */
  remove(): Promise<void>;
}

/** Locked as long as the process of the folder lives. */
const lockName = "lock";
const all = { recursive: true, force: true, maxRetries: 3 } as const;

const folders = new Set<string>();

function removeAll(): void {
  for (const path of folders) rmSync(path, all);
}

/**
 * Creates a folder in `parent` that only the user of this process can read, and removes it when the process exits. Before, it
 * removes those of processes that were killed; see `sweepTemporaryFolders`. `kind`: for the folder's name,
 * `deepaas-<kind>-…`.
 */
export async function createTemporaryFolder(parent: string, kind: string): Promise<TemporaryFolder> {
  await sweepTemporaryFolders(parent);
  const { path, lock } = await lockedFolder(join(parent, `deepaas-${kind}-${bootId()}-`));
  if (folders.size === 0) process.on("exit", removeAll);
  folders.add(path);
  return {
    path,
    async remove() {
      await removeLocked(path, lock);
      folders.delete(path);
      if (folders.size === 0) process.off("exit", removeAll);
    },
  };
}

/**
 * Removes the folders of `createTemporaryFolder` in `parent` whose process was killed. Their lock tells: the operating system
 * drops it with the process, so process ids, which differ between containers, do not matter. Skips folders of other users and
 * links. Never rejects.
 *
 * Folders from before the last start of the machine are left to the system, and those of other machines on a shared disk to
 * these, because a lock may hold for one machine only. Nothing is removed where files cannot be locked.
 */
export async function sweepTemporaryFolders(parent: string = tmpdir()): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  const ofThisBoot = new RegExp(`^deepaas-[a-z]+-${bootId()}-`);
  for (const name of names) {
    if (ofThisBoot.test(name)) await removeIfLeft(join(parent, name)).catch(() => {});
  }
}

async function removeIfLeft(path: string): Promise<void> {
  const file = join(path, lockName);
  const [{ uid, isFolder }, isLock] = await Promise.all([
    lstat(path).then((stats) => ({ uid: stats.uid, isFolder: stats.isDirectory() })),
    lstat(file).then((stats) => stats.isFile()),
  ]);
  const isOwn = process.geteuid === undefined || process.geteuid() === uid;
  const lock = isOwn && isFolder && isLock ? lockExistingFile(file) : undefined;
  if (lock) await removeLocked(path, lock);
}

interface LockedFolder {
  readonly path: string;
  /** Undefined if files cannot be locked here. Then the folder has no lock file, and no process sweeps it. */
  readonly lock: FileLock | undefined;
}

async function lockedFolder(prefix: string): Promise<LockedFolder> {
  for (;;) {
    // mkdtemp sets the mode 0700.
    const path = await mkdtemp(prefix);
    const file = join(path, lockName);
    try {
      const lock = lockFile(file);
      // Another process may have taken the lock before this one, to remove the folder: it deletes the file before it unlocks it.
      if (lock && existsSync(file)) return { path, lock };
      lock?.release();
    } catch {
      await rm(file, { force: true });
      if (existsSync(path)) return { path, lock: undefined };
    }
  }
}

async function removeLocked(path: string, lock: FileLock | undefined): Promise<void> {
  await rm(path, all).catch(() => {});
  lock?.release();
  // Windows does not delete an open file.
  await rm(path, all).catch(() => {});
}

let boot: string | undefined;

/** Differs between machines and between two starts of a machine; only between machines where there is no `/proc`. */
function bootId(): string {
  boot ??= createHash("sha256").update(bootText()).digest("hex").slice(0, 8);
  return boot;
}

function bootText(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
  } catch {
    return hostname();
  }
}
