// Where a server keeps its runs: runs.db, blobs/, and the lock that makes it the only server there.
import {
  accessSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CliError } from "./cli-error.ts";

export interface DataDir extends Disposable {
  readonly store: string;
  readonly blobs: string;
  /** For whoever finds the directory locked. */
  tellUrl(url: string): void;
}

/**
 * Makes the directory if there is none, and locks it. Throws a CliError when it cannot be written to, or when another
 * server has it. The lock is a transaction on a file of its own: the system ends it with the process, however that dies.
 */
export function openDataDir(path: string): DataDir {
  try {
    makeFolder(path);
  } catch (error) {
    throw new CliError(`cannot keep runs in ${path}: ${reasonOf(error)}; ${wayOut}`);
  }
  const lock = lockAt(path);
  const told = join(path, "server.json");
  const tell = (server: Server) => {
    try {
      // Whoever reads it sees the whole of it.
      writeFileSync(`${told}.new`, JSON.stringify(server), { mode: 0o600 });
      renameSync(`${told}.new`, told);
    } catch {
      // It only helps to find this server: a full disk is told by what needs it.
    }
  };
  const release = () => {
    process.off("exit", release);
    if (!lock.isOpen) return;
    try {
      // Another server may tell where it is, in a directory that was made anew at this place.
      if (serverIn(told).pid === process.pid) rmSync(told);
    } catch {
      // Gone, or on a disk that is read-only by now: the lock says that it is nobody's.
    }
    lock.close();
  };
  // The reference keeps the lock, too: a database that nobody holds is closed.
  process.once("exit", release);
  tell({ pid: process.pid });
  return {
    store: join(path, "runs.db"),
    blobs: join(path, "blobs"),
    tellUrl: (url) => tell({ pid: process.pid, url }),
    [Symbol.dispose]: release,
  };
}

interface Server {
  readonly pid: number;
  readonly url?: string;
}

const wayOut = "use another --data-dir or --no-store";

/** Nobody else may look into it: arguments, secrets and weights lie there. */
function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  // Only into a folder of our own: in somebody else's it would hide their files from git.
  accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  if (readdirSync(path).length === 0) writeFileSync(join(path, ".gitignore"), "*\n");
}

function lockAt(path: string): DatabaseSync {
  const file = join(path, "lock.db");
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(file, { timeout: 0 });
    // Nothing is ever written: a journal would only lie about.
    lock.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock?.close();
    // The low byte is the kind of error, the rest its circumstances.
    if (((error as { readonly errcode?: number }).errcode ?? 0) % 256 === sqliteBusy) {
      throw new CliError(`${path} is served by ${serverAt(path)}; ${wayOut}`);
    }
    throw new CliError(`cannot lock ${file}: ${reasonOf(error)}; ${wayOut}`);
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

function serverIn(file: string): Server {
  return JSON.parse(readFileSync(file, "utf8")) as Server;
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "it may not be written to",
  EPERM: "it may not be written to",
  EROFS: "it is on a read-only file system",
  ENOSPC: "there is no space left",
  ENOTDIR: "a part of its path is no directory",
  EEXIST: "it is no directory",
};

function reasonOf(error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return reasons[code] ?? message;
}
