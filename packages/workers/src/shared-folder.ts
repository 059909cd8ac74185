// The folder that the server and its workers pass large files through. Only its owner may read it.
import { constants, unlinkSync } from "node:fs";
import { copyFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { ModelFile } from "@deepaas/core";
import { createTemporaryFolder } from "@deepaas/core/node";
import { fileAtPath, writeFileTo } from "./message-files.ts";

export interface SharedFolder {
  readonly path: string;
  /** A copy of `file`, which stays until it is deleted. */
  copyOf(file: ModelFile): Promise<ModelFile>;
  /** Deletes each of these files of a worker when its `ModelFile` is garbage collected. */
  deleteWhenUnused(files: readonly ModelFile[]): void;
  /** Does nothing for a file that `deleteWhenUnused` was called for. */
  delete(paths: readonly string[]): void;
  /** Removes the folder: now or, if files in it are still used, after the last of them, at the latest when this process exits. */
  close(): Promise<void>;
}

export async function createSharedFolder(parent: string): Promise<SharedFolder> {
  const { path, remove } = await createTemporaryFolder(parent, "workers");
  const used = new Set<string>();
  const registry = new FinalizationRegistry<string>((file) => {
    used.delete(file);
    unlinkIfThere(file);
    if (closed) void removeIfUnused();
  });
  const removeIfUnused = async () => {
    if (used.size === 0) await remove();
  };
  let closed = false;
  let copies = 0;

  return {
    path,
    async copyOf(file) {
      const { contentType, originalFilename, size } = file;
      const about = {
        contentType,
        ...(size !== undefined && { size }),
        ...(originalFilename !== undefined && { originalFilename }),
      };
      if (file.path === undefined) return fileAtPath(await writeFileTo(path, file), about);
      const copy = join(path, `copy-${++copies}`);
      await copyFile(file.path, copy, constants.COPYFILE_FICLONE);
      return fileAtPath(copy, about);
    },
    deleteWhenUnused(files) {
      for (const file of files) {
        if (!file.path?.startsWith(join(path, "/"))) continue;
        used.add(file.path);
        registry.register(file, file.path);
      }
    },
    delete(paths) {
      for (const one of paths) if (!used.has(one)) void unlink(one).catch(() => {});
    },
    close() {
      closed = true;
      return removeIfUnused();
    },
  };
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was removed together with the folder.
  }
}
