// Files that appear under their names only when all of them are complete. Until then they have other names beside them.
import { randomUUID } from "node:crypto";
import { constants, rmSync } from "node:fs";
import {
  copyFile,
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
} from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { CliError } from "../cli-error.ts";
import { ChunkWriter } from "./chunk-writer.ts";
import { alreadyExists, writeError } from "./write-error.ts";

const endSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export class StagedFiles implements AsyncDisposable {
  readonly #force: boolean;
  /** From the name of a complete file to the name that it has until then. */
  readonly #partial = new Map<string, string>();
  readonly #open = new Map<ChunkWriter, FileHandle>();
  readonly #madeFolders: string[] = [];

  /** `force`: replace files that exist, with the same permissions. Otherwise they are an error. */
  constructor({ force }: { readonly force: boolean }) {
    this.#force = force;
    for (const signal of endSignals) process.once(signal, this.#onSignal);
  }

  /**
   * Opens a new file. Throws a CliError `already_exists` if there is one and it is not to be replaced. A device or a named pipe is
   * written to directly: there is nothing to replace. `makeFolders`: create the folders on the way. Default false.
   */
  async create(path: string, { makeFolders = false } = {}): Promise<ChunkWriter> {
    const [there, what] = await Promise.all([orUndefined(lstat(path)), orUndefined(stat(path))]);
    if (what?.isDirectory()) {
      throw new CliError("invalid_args", `${path} is a directory`, { hint: "give the name of a file with --output" });
    }
    try {
      if (what && !what.isFile()) return this.#writerTo(await open(path, "w"), path);
      // A link is followed: the file that it names is replaced, not the link.
      const target = what ? await realpath(path) : path;
      if ((there && !this.#force) || this.#partial.has(target)) throw alreadyExists(path);
      if (makeFolders) await this.#makeFolders(dirname(path));
      const partial = join(dirname(target), `.deepaas-export-${randomUUID()}.partial`);
      const handle = await open(partial, "wx");
      this.#partial.set(target, partial);
      const writer = this.#writerTo(handle, path);
      if (what) await handle.chmod(what.mode & 0o777);
      return writer;
    } catch (error) {
      throw error instanceof CliError ? error : writeError(path, error);
    }
  }

  /** Writes the rest of a file and closes it. */
  async close(writer: ChunkWriter): Promise<void> {
    await writer.flush();
    await this.#open.get(writer)?.close();
    this.#open.delete(writer);
  }

  /** Closes the writers that are still open, and renames the files to their final names. Returns these names. */
  async commit(): Promise<readonly string[]> {
    for (const writer of [...this.#open.keys()]) await this.close(writer);
    const files = [...this.#partial.keys()];
    for (const [path, partial] of [...this.#partial]) {
      try {
        if (this.#force) await rename(partial, path);
        else await renameToNew(partial, path);
      } catch (error) {
        throw (error as NodeJS.ErrnoException).code === "EEXIST" ? alreadyExists(path) : writeError(path, error);
      }
      this.#partial.delete(path);
    }
    this.#madeFolders.length = 0;
    return files;
  }

  /** Removes what was not committed. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const handle of this.#open.values()) await handle.close().catch(() => {});
    this.#open.clear();
    for (const partial of this.#partial.values()) await rm(partial, { force: true });
    this.#partial.clear();
    // Only those that are empty.
    for (const folder of this.#madeFolders.reverse()) await rmdir(folder).catch(() => {});
    for (const signal of endSignals) process.off(signal, this.#onSignal);
  }

  #writerTo(handle: FileHandle, path: string): ChunkWriter {
    const writer = fileWriter(handle, path);
    this.#open.set(writer, handle);
    return writer;
  }

  async #makeFolders(path: string): Promise<void> {
    const first = await mkdir(path, { recursive: true });
    if (first === undefined) return;
    const made: string[] = [];
    for (let folder = resolve(path); folder.length >= resolve(first).length; folder = dirname(folder))
      made.unshift(folder);
    this.#madeFolders.push(...made);
  }

  readonly #onSignal = (signal: NodeJS.Signals) => {
    for (const partial of this.#partial.values()) rmSync(partial, { force: true });
    // Without another listener the process ends, as it would have without this one.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
}

/** Returns a writer to an open file. Its errors name `path`, with `hint` or a general one. */
export function fileWriter(handle: FileHandle, path: string, hint?: string): ChunkWriter {
  return new ChunkWriter(async (chunk) => {
    try {
      await handle.appendFile(chunk);
    } catch (error) {
      throw writeError(path, error, hint);
    }
  });
}

/** Rejects with `EEXIST` if `to` exists, which `rename` would replace. */
async function renameToNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    // Some file systems have no links.
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
  await rm(from);
}

/** If it cannot be looked at, opening it says why. */
function orUndefined<T>(looked: Promise<T>): Promise<T | undefined> {
  return looked.catch(() => undefined);
}
