// The `BlobStore` in a directory: one file for each blob, `<path>/ab/<sha256>/<uuid>`. Blobs with the same content are hard links
// to one file, so the file system counts the references.
import { createHash, randomUUID } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import {
  chmod,
  constants,
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
} from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { DeepaasError, type ModelFile } from "@deepaas/core";
import { fileFromPath } from "@deepaas/core/node";
import type { BlobRef, BlobStore } from "@deepaas/core/ports";
import { blobIdFrom, folderOf, temporaryFolder } from "./blob-id.ts";
import { diskError, fileCodeOf } from "./disk-error.ts";
import { filePlace } from "./file-place.ts";
import { sweepBlobs } from "./sweep-blobs.ts";
import { syncFolders } from "./sync-folder.ts";

export interface DirectoryBlobsOptions {
  /** The directory, absolute or relative to the working directory. Created with the first blob. */
  readonly path: string;
}

/** A folder may be removed, with its last blob, just before a blob is moved to it. */
const tries = 100;

/**
 * `put` resolves when the file survives a power loss; the file is never in memory as a whole. It rejects `unavailable` if the
 * disk fails, and leaves nothing behind. `get` returns a file with a `path`, and rejects `not_found` for a missing or damaged
 * one. Throws a TypeError for an invalid option.
 */
export function directoryBlobs(options: DirectoryBlobsOptions): BlobStore {
  const root = checkedPath(options);
  // The end of every id of this process. Blobs with another end are from earlier processes.
  const mark = randomUUID().slice(-12);
  // The directory as it was first seen: another one at its path would hide what is stored in this one.
  let place = existsSync(root) ? filePlace([root]) : undefined;

  return {
    async put(source: ModelFile): Promise<BlobRef> {
      const uuid = `${randomUUID().slice(0, -12)}${mark}`;
      const temporary = join(root, temporaryFolder, uuid);
      try {
        place?.check();
        await makeFolder(dirname(temporary));
        place ??= filePlace([root]);
        const { sha256, size } = await writeDown(source, temporary);
        const folder = folderOf(root, sha256);
        await moveIn(temporary, { folder, uuid, size });
        try {
          await syncFolders([folder, dirname(folder), root]);
        } catch (error) {
          await removeFrom(folder, uuid).catch(() => {});
          throw error;
        }
        const { contentType, originalFilename } = source;
        return {
          id: `${sha256}.${uuid}`,
          size,
          sha256,
          contentType,
          ...(originalFilename !== undefined && { originalFilename }),
        };
      } catch (error) {
        throw diskError(error);
      } finally {
        await rm(temporary, { force: true }).catch(() => {});
      }
    },

    async get(ref: BlobRef): Promise<ModelFile> {
      const id = blobIdFrom(ref.id);
      if (!id) throw new DeepaasError("not_found", "That is no file of this store.");
      const { contentType, originalFilename = "" } = ref;
      try {
        const file = await fileFromPath(join(folderOf(root, id.sha256), id.uuid), { contentType, originalFilename });
        if (file.size === ref.size) return file;
      } catch (error) {
        if (fileCodeOf(error) !== "ENOENT") throw diskError(error);
        place?.check();
        throw new DeepaasError("not_found", "That file is not kept any more.", { cause: error });
      }
      throw new DeepaasError("not_found", "That file is damaged: it has another size.");
    },

    async verify(ref: BlobRef): Promise<void> {
      const id = blobIdFrom(ref.id);
      if (!id) throw new DeepaasError("not_found", "That is no file of this store.");
      try {
        const hash = createHash("sha256");
        const path = join(folderOf(root, id.sha256), id.uuid);
        for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array);
        if (hash.digest("hex") === id.sha256) return;
      } catch (error) {
        if (fileCodeOf(error) !== "ENOENT") throw diskError(error);
        place?.check();
        throw new DeepaasError("not_found", "That file is not kept any more.", { cause: error });
      }
      throw new DeepaasError("not_found", "That file is damaged: it has another hash.");
    },

    async delete(ref: BlobRef): Promise<void> {
      const id = blobIdFrom(ref.id);
      if (id) await removeFrom(folderOf(root, id.sha256), id.uuid);
    },

    sweep: (isKept, { olderThanMs }) => sweepBlobs(root, { isKept, olderThanMs, isOwn: (uuid) => uuid.endsWith(mark) }),
  };
}

function checkedPath(options: DirectoryBlobsOptions): string {
  for (const name of Object.keys(options)) {
    if (name !== "path")
      throw new TypeError(`directoryBlobs: there is no option ${JSON.stringify(name)}; there is path.`);
  }
  if (typeof options.path !== "string" || options.path === "" || options.path.includes("\0")) {
    throw new TypeError("directoryBlobs: path is the path of a directory.");
  }
  return resolve(options.path);
}

async function writeDown(source: ModelFile, path: string): Promise<{ sha256: string; size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  if (source.path !== undefined) {
    // If the file system can share blocks, nothing is written. The copy is hashed, because the source may change.
    await copyFile(source.path, path, constants.COPYFILE_FICLONE);
    await chmod(path, 0o600);
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      hash.update(chunk as Uint8Array);
      size += (chunk as Uint8Array).length;
    }
  }
  const file = await open(path, source.path === undefined ? "wx" : "r+", 0o600);
  try {
    if (source.path === undefined) {
      for await (const chunk of source.stream()) {
        hash.update(chunk);
        size += chunk.length;
        await file.writeFile(chunk);
      }
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest("hex"), size };
}

/** Links the file to an existing one with the same content, or moves it. */
async function moveIn(
  temporary: string,
  { folder, uuid, size }: { readonly folder: string; readonly uuid: string; readonly size: number },
): Promise<void> {
  for (let i = 1; ; i++) {
    try {
      await makeFolder(folder);
      if (!(await linkSame(folder, uuid, size))) await rename(temporary, join(folder, uuid));
      return;
    } catch (error) {
      if (fileCodeOf(error) !== "ENOENT" || i >= tries) throw error;
    }
  }
}

async function linkSame(folder: string, uuid: string, size: number): Promise<boolean> {
  for (const there of await readdir(folder)) {
    try {
      // A damaged file must not be linked.
      if ((await stat(join(folder, there))).size !== size) continue;
      await link(join(folder, there), join(folder, uuid));
      return true;
    } catch {
      // Just deleted, too many links, or no links in this file system: the file is moved.
    }
  }
  return false;
}

async function removeFrom(folder: string, uuid: string): Promise<void> {
  await unless(["ENOENT"], () => unlink(join(folder, uuid)));
  await unless(["ENOENT", "ENOTEMPTY", "EEXIST"], () => rmdir(folder));
}

async function makeFolder(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  if (made !== undefined) await syncFolders([dirname(made)]);
}

async function unless(codes: readonly string[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!codes.includes(fileCodeOf(error) ?? "")) throw error;
  }
}
