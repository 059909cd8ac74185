// Where uploaded files lie while their call lasts: a private folder, made when the first file comes.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class UploadFolder {
  #made: Promise<string> | undefined;
  #count = 0;

  /** A path for one more file. Its name says nothing about what the client called it. */
  async newPath(): Promise<string> {
    // Only its owner may look into it: mkdtemp makes it with mode 0700.
    this.#made ??= mkdtemp(join(tmpdir(), "deepaas-upload-"));
    return join(await this.#made, String(++this.#count));
  }

  /** Gives undefined when there is none. Never rejects; may be called twice. */
  remove(): Promise<void> | undefined {
    return this.#made && this.#remove(this.#made);
  }

  async #remove(made: Promise<string>): Promise<void> {
    const folder = await made.catch(() => undefined);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  }
}
