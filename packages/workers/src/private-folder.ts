// The folder that the server and its workers pass large files through. Nobody else may look into it.
import { constants, rmSync, unlinkSync } from "node:fs";
import { copyFile, mkdtemp, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { ModelFile } from "@deepaas/core";
import { fileAt, writeFileIn } from "./carried-files.ts";

export interface PrivateFolder {
  readonly path: string;
  /** A copy of `file` that stays until it is deleted. */
  keep(file: ModelFile): Promise<ModelFile>;
  /** Takes the files that came from a worker: deleted once nobody holds them any more. */
  own(files: readonly ModelFile[]): void;
  delete(paths: readonly string[]): void;
  /** Removes it, now or, while somebody holds a file in it, when this process ends. */
  close(): Promise<void>;
}

export async function privateFolder(parent: string): Promise<PrivateFolder> {
  const path = await mkdtemp(join(parent, "deepaas-workers-"));
  const held = new Set<string>();
  const registry = new FinalizationRegistry<string>((file) => {
    held.delete(file);
    remove(file);
  });
  const removeAll = () => rmSync(path, { recursive: true, force: true });
  process.once("exit", removeAll);
  let kept = 0;

  return {
    path,
    async keep(file) {
      const { contentType, originalFilename, size } = file;
      const about = {
        contentType,
        ...(size !== undefined && { size }),
        ...(originalFilename !== undefined && { originalFilename }),
      };
      if (file.path === undefined) return fileAt(await writeFileIn(path, file), about);
      const copy = join(path, `kept-${++kept}`);
      await copyFile(file.path, copy, constants.COPYFILE_FICLONE);
      return fileAt(copy, about);
    },
    own(files) {
      for (const file of files) {
        if (!file.path?.startsWith(join(path, "/"))) continue;
        held.add(file.path);
        registry.register(file, file.path);
      }
    },
    delete(paths) {
      for (const one of paths) if (!held.has(one)) void unlink(one).catch(() => {});
    },
    async close() {
      if (held.size > 0) return;
      process.off("exit", removeAll);
      await rm(path, { recursive: true, force: true });
    },
  };
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone with its folder.
  }
}
