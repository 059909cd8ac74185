// Copies of blobs in another directory, which the file system makes without reading them where it can.
import { createHash } from "node:crypto";
import { closeSync, constants, copyFileSync, fstatSync, linkSync, mkdirSync, openSync, read, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { DeepaasError } from "@deepaas/core";
import { type BlobId, blobIdFrom, folderOf } from "./blob-id.ts";
import { fileCodeOf } from "./disk-error.ts";
import type { StoredBlob } from "./stored-blobs.ts";

/** Open files whose content is still to be copied. A process may often have 1,024 of them. */
const maxOpen = 200;
const chunkBytes = 1 << 20;
const readAt = promisify(read);

interface OpenBlob {
  readonly file: number;
  readonly blob: StoredBlob;
  readonly id: BlobId;
  readonly target: string;
}

export interface BlobCopiesOptions {
  readonly from: string;
  readonly to: string;
  /** Bytes that are copied or need not be. */
  readonly onBytes: (bytes: number) => void;
}

export class BlobCopies implements Disposable {
  readonly #options: BlobCopiesOptions;
  readonly #taken = new Set<string>();
  readonly #open: OpenBlob[] = [];
  /** From a hash to a complete copy of that content. */
  readonly #complete = new Map<string, string>();
  /** What the file systems can still be asked for. */
  readonly #ways = { clone: true, link: true };

  constructor(options: BlobCopiesOptions) {
    this.#options = options;
  }

  has(id: string): boolean {
    return this.#taken.has(id);
  }

  /**
   * Synchronous, so that nothing is removed between two calls but by another process. After "taken" the content is safe, also if
   * the source is removed before `finish` copies it. "gone": there is no such file. "full": too many files are open; call
   * `finish`. Throws `failed_precondition` for a damaged reference, and for a file of another size than its reference has.
   */
  take(blob: StoredBlob): "taken" | "gone" | "full" {
    const id = blobIdFrom(blob.id);
    if (!id || !blob.ref) throw damaged(`the reference to ${blob.name} is damaged`);
    const source = join(folderOf(this.#options.from, id.sha256), id.uuid);
    const target = join(folderOf(this.#options.to, id.sha256), id.uuid);
    if (this.#open.length >= maxOpen) return "full";
    try {
      mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
      if (this.#shared(source, target)) {
        checkSize(blob, statSync(target).size);
        this.#options.onBytes(blob.ref.size);
      } else {
        const file = openSync(source, "r");
        this.#open.push({ file, blob, id, target });
        checkSize(blob, fstatSync(file).size);
      }
    } catch (error) {
      if (fileCodeOf(error) === "ENOENT") return "gone";
      throw error;
    }
    this.#taken.add(blob.id);
    return "taken";
  }

  /** Copies the content of the open files. Rejects `failed_precondition` for one whose hash is not that of its id. */
  async finish(): Promise<void> {
    for (let one = this.#open[0]; one; one = this.#open[0]) {
      const { file, id, target } = one;
      if (!this.#linked(this.#complete.get(id.sha256), target)) await copyContent(one);
      this.#complete.set(id.sha256, target);
      this.#options.onBytes(fstatSync(file).size);
      this.#open.shift();
      closeSync(file);
    }
  }

  [Symbol.dispose](): void {
    for (const { file } of this.#open.splice(0)) closeSync(file);
  }

  /** Throws `ENOENT` if there is no such source. */
  #shared(source: string, target: string): boolean {
    if (this.#ways.clone) {
      try {
        copyFileSync(source, target, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
        return true;
      } catch (error) {
        if (fileCodeOf(error) === "ENOENT") throw error;
        this.#ways.clone = false;
      }
    }
    return this.#linked(source, target);
  }

  #linked(source: string | undefined, target: string): boolean {
    if (source === undefined) return false;
    try {
      if (this.#ways.link) linkSync(source, target);
      return this.#ways.link;
    } catch (error) {
      if (fileCodeOf(error) === "ENOENT") throw error;
      // Another file may have fewer links.
      if (fileCodeOf(error) !== "EMLINK") this.#ways.link = false;
      return false;
    }
  }
}

async function copyContent({ file, blob, id, target }: OpenBlob): Promise<void> {
  const hash = createHash("sha256");
  const copy = await open(target, "wx", 0o600);
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    // Not a stream: one that is destroyed closes the file in any case.
    for (let at = 0, bytesRead = -1; bytesRead !== 0; at += bytesRead) {
      ({ bytesRead } = await readAt(file, { buffer, position: at }));
      const chunk = buffer.subarray(0, bytesRead);
      hash.update(chunk);
      await copy.writeFile(chunk);
    }
    await copy.sync();
  } finally {
    await copy.close();
  }
  if (hash.digest("hex") !== id.sha256) throw damaged(`${blob.name} has another hash`);
}

function checkSize({ name, ref }: StoredBlob, size: number): void {
  if (ref?.size !== size) throw damaged(`${name} has another size`);
}

export function damaged(problem: string): DeepaasError {
  return new DeepaasError("failed_precondition", `The store is damaged: ${problem}.`);
}
