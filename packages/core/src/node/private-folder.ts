// A private temporary folder for files that a model reads while its call lasts.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Created with the first file. Only the user of this process may read it: `mkdtemp` sets the mode 0700. */
export class PrivateFolder {
  readonly #prefix: string;
  #path: Promise<string> | undefined;
  #count = 0;

  /** `prefix`: of the folder's name, for example `deepaas-upload-`. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Returns the path of a new file. Its name is a number: the client's file name is not used. */
  async newPath(): Promise<string> {
    this.#path ??= mkdtemp(join(tmpdir(), this.#prefix));
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
