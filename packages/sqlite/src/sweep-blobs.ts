// Deletes blobs of an earlier process to which no run refers.
import { readdir, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { blobIdFrom, temporaryFolder } from "./blob-id.ts";
import { fileCodeOf } from "./disk-error.ts";

export interface Sweep {
  readonly isKept: (id: string) => Promise<boolean>;
  readonly olderThanMs: number;
  /** True for a blob of this process: a run may be about to refer to it. */
  readonly isOwn: (uuid: string) => boolean;
}

/** Files with other names are not blobs, and stay. */
export async function sweepBlobs(root: string, { isKept, isOwn, olderThanMs }: Sweep): Promise<void> {
  const before = Date.now() - olderThanMs;
  const isOld = async (file: string) => olderThanMs === 0 || (await stat(file)).mtimeMs < before;
  for (const name of await namesIn(join(root, temporaryFolder))) {
    const file = join(root, temporaryFolder, name);
    if (!isOwn(name) && (await isOld(file))) await rm(file, { force: true });
  }
  for (const start of await namesIn(root)) {
    if (!/^[0-9a-f]{2}$/.test(start)) continue;
    for (const sha256 of await namesIn(join(root, start))) {
      const folder = join(root, start, sha256);
      for (const uuid of await namesIn(folder)) {
        const id = `${sha256}.${uuid}`;
        const file = join(folder, uuid);
        if (blobIdFrom(id) && !isOwn(uuid) && (await isOld(file)) && !(await isKept(id)))
          await rm(file, { force: true });
      }
      await rmdir(folder).catch(() => {});
    }
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(fileCodeOf(error) ?? "")) return [];
    throw error;
  }
}
