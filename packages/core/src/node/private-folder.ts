// A private temporary folder for files that a model reads while its call lasts.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTemporaryFolder, type TemporaryFolder } from "./temporary-folder.ts";

/**
 * Created with the first file, in a folder of this process, which the next process removes if this one is killed. Only the user
 * of this process may read it: `mkdtemp` sets the mode 0700.
 */
export class PrivateFolder {
  readonly #prefix: string;
  #path: Promise<string> | undefined;
  #count = 0;

  /** `prefix`: of the folder's name, for example `upload-`. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Returns the path of a new file. Its name is a number: the client's file name is not used. */
  async newPath(): Promise<string> {
    this.#path ??= newFolder(this.#prefix);
    return join(await this.#path, String(++this.#count));
  }

  /** Removes the folder with its files. Returns undefined if there is none. Never rejects; may be called twice. */
  remove(): Promise<void> | undefined {
    return this.#path && removeFolder(this.#path);
  }
}

async function removeFolder(path: Promise<string>): Promise<void> {
  const folder = await path.catch(() => undefined);
  if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
}

/** The folder of this process in each temporary folder that was used. */
const ofProcess = new Map<string, Promise<TemporaryFolder>>();

async function newFolder(prefix: string): Promise<string> {
  const parent = tmpdir();
  for (let isFirstTry = true; ; isFirstTry = false) {
    const made = ofProcess.get(parent) ?? createTemporaryFolder(parent, "files");
    ofProcess.set(parent, made);
    try {
      return await mkdtemp(join((await made).path, prefix));
    } catch (error) {
      if (ofProcess.get(parent) === made) ofProcess.delete(parent);
      // Many systems delete what was not used for some days.
      if (!isFirstTry || (error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      void made.then((folder) => folder.remove()).catch(() => {});
    }
  }
}
