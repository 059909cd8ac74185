// The data directory of a server: runs.db, blobs/, grants.key, and a lock for one server.
import { createHash } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type FileLock, lockFile } from "@deepaas/core/node";
import { CliError } from "../cli-error.ts";
import { fileReason } from "../file-reason.ts";
import type { ServerAddress } from "../service/connect.ts";

export interface DataDir extends LockedDataDir {
  readonly store: string;
  readonly blobs: string;
}

export interface LockedDataDir extends Disposable {
  /** Writes the address for commands, and for another server that finds the directory locked. */
  writeAddress(address: ServerAddress): void;
}

/** In a data directory while a restore exchanges its files. */
export const restoreMark = "restore.incomplete";

/** Locks the directory and creates what is missing. Throws a CliError also if a restore was interrupted. */
export function openDataDir(path: string, wayOut = "use another --data-dir or --no-store"): DataDir {
  const locked = lockDataDir(path, wayOut);
  if (existsSync(join(path, restoreMark))) {
    locked[Symbol.dispose]();
    throw interruptedRestore(path);
  }
  const blobs = join(path, "blobs");
  // Before it is served: afterwards a missing folder is one that somebody has moved.
  mkdirSync(blobs, { recursive: true, mode: 0o700 });
  return { ...locked, store: join(path, "runs.db"), blobs };
}

export function interruptedRestore(path: string): CliError {
  return new CliError("failed_precondition", `a restore into ${path} was interrupted`, {
    hint: `run it again: deepaas restore --force --data-dir ${path} BACKUP`,
  });
}

/**
 * Creates the directory if it does not exist, and locks it. Throws a CliError if it cannot be written to, or if another server
 * has locked it; `wayOut` is what its user may do then. The lock is a transaction on a file of its own: the operating system ends
 * it with the process, even after kill -9.
 *
 * That lock moves with the directory. A second one, in the temporary folder, is for the path: while a server runs whose directory
 * was moved or deleted, no other server starts at that path. It holds for servers of one user with the same temporary folder
 * that see the same file systems, not for those of another container.
 */
export function lockDataDir(path: string, wayOut: string): LockedDataDir {
  // First, so that a server that is refused does not create the directory again.
  const pathLock = lockPath(path, wayOut);
  try {
    makeFolder(path);
  } catch (error) {
    throw new CliError("failed_precondition", `cannot keep runs in ${path}: ${fileReason(error)}; ${wayOut}`);
  }
  const lock = lockAt(path, wayOut);
  const infoFile = join(path, "server.json");
  const writeInfo = (server: Server) => {
    try {
      // Renamed, so that no reader sees half of it.
      writeFileSync(`${infoFile}.new`, JSON.stringify(server), { mode: 0o600 });
      renameSync(`${infoFile}.new`, infoFile);
    } catch {
      // The file only helps to find this server. A full disk is reported by the store.
    }
  };
  const release = () => {
    process.off("exit", release);
    if (!lock.isOpen) return;
    pathLock?.release();
    try {
      // Another server may have written it, in a directory that was created again at this path.
      if (serverIn(infoFile).pid === process.pid) rmSync(infoFile);
    } catch {
      // Removed, or read-only by now. The lock, not this file, decides who may use the directory.
    }
    lock.close();
  };
  // The listener also keeps a reference: SQLite closes a database that is garbage collected.
  process.once("exit", release);
  writeInfo({ pid: process.pid });
  return {
    writeAddress: ({ url, token }) => writeInfo({ pid: process.pid, url, ...(token !== undefined && { token }) }),
    [Symbol.dispose]: release,
  };
}

interface Server {
  readonly pid: number;
  readonly url?: string;
  /** A key for the user of this process: the file is for its owner alone. */
  readonly token?: string;
}

const othersMayWrite = 0o022;

/** Only the user of this process may read it: it holds arguments, secrets and weights. */
function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if ((statSync(path).mode & othersMayWrite) !== 0) {
    process.stderr.write(
      `deepaas: others can write to ${path}, which has arguments, secrets and weights; chmod go-w it\n`,
    );
  }
  // Only in an empty directory: elsewhere it would hide other files from git.
  accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  if (readdirSync(path).length === 0) writeFileSync(join(path, ".gitignore"), "*\n", { mode: 0o600 });
}

function lockPath(path: string, wayOut: string): FileLock | undefined {
  const hash = createHash("sha256")
    .update(`${mountNamespace()}\n${realPathOf(resolve(path))}`)
    .digest("hex");
  const file = join(tmpdir(), `deepaas-path-${process.geteuid?.() ?? 0}-${hash.slice(0, 16)}.lock`);
  let lock: FileLock | undefined;
  try {
    const there = lstatSync(file, { throwIfNoEntry: false });
    // Of another user, who must not be able to prevent a start.
    if (there && !(there.isFile() && there.uid === (process.geteuid?.() ?? there.uid))) return undefined;
    lock = lockFile(file);
  } catch {
    // The lock in the directory is enough as long as the directory stays in its place.
    return undefined;
  }
  if (lock) return lock;
  throw new CliError("failed_precondition", `${path} is in use by ${serverAt(path)}; ${wayOut}`);
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPathOf(parent), basename(path));
  }
}

/** In another one, the same path may be another directory. */
function mountNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/mnt");
  } catch {
    return "";
  }
}

function lockAt(path: string, wayOut: string): DatabaseSync {
  const file = join(path, "lock.db");
  let lock: DatabaseSync | undefined;
  try {
    // SQLite would create it with the mode that the umask leaves.
    closeSync(openSync(file, "a", 0o600));
    lock = new DatabaseSync(file, { timeout: 0 });
    // Nothing is written, so no journal file is needed.
    lock.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock?.close();
    // The low byte of an extended result code is the primary code.
    if (((error as { readonly errcode?: number }).errcode ?? 0) % 256 === sqliteBusy) {
      throw new CliError("failed_precondition", `${path} is in use by ${serverAt(path)}; ${wayOut}`);
    }
    throw new CliError("failed_precondition", `cannot lock ${file}: ${fileReason(error)}; ${wayOut}`);
  }
}

const sqliteBusy = 5;

function serverAt(path: string): string {
  try {
    const { pid, url } = serverIn(join(path, "server.json"));
    return url === undefined ? `process ${pid}, which is starting` : `process ${pid} at ${url}`;
  } catch {
    return "another process";
  }
}

/** Returns the server that has the directory and answers calls, or undefined. */
export function serverOf(path: string): Server | undefined {
  try {
    const server = serverIn(join(path, "server.json"));
    // Signal 0 only asks whether there is such a process.
    if (server.url === undefined || !process.kill(server.pid, 0)) return undefined;
    return server;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? serverIn(join(path, "server.json")) : undefined;
  }
}

function serverIn(file: string): Server {
  return JSON.parse(readFileSync(file, "utf8")) as Server;
}
