// Bytes in memory of the model: it may overwrite them as soon as it runs again, so they are copied before that.
import { closeSync, openSync, unlinkSync, writeSync } from "node:fs";
import type { ModelFile } from "@deepaas/core";
import { bytesInMemory, fileFromBytes } from "@deepaas/core/ports";
import { type FileAt, fileAtPath, maxAttachedBytes, newPathIn } from "../message-files.ts";

/** Returns `files` with a copy of each file whose bytes are in memory: small ones in memory, large ones in `folder`. */
export function copyModelBytes(files: readonly FileAt[], folder: string): readonly FileAt[] {
  return files.map(({ at, file }) => {
    const bytes = bytesInMemory(file);
    return bytes ? { at, file: copyOut(file, bytes, folder) } : { at, file };
  });
}

function copyOut(file: ModelFile, bytes: Uint8Array<ArrayBuffer>, folder: string): ModelFile {
  const { contentType, originalFilename, size } = file;
  const about = { contentType, ...(originalFilename !== undefined && { originalFilename }) };
  if (bytes.byteLength <= maxAttachedBytes) return fileFromBytes(bytes.slice(), about);
  const path = newPathIn(folder);
  const fd = openSync(path, "wx", 0o600);
  try {
    for (let at = 0; at < bytes.byteLength; ) at += writeSync(fd, bytes, at);
  } catch (error) {
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(fd);
  }
  return fileAtPath(path, { ...about, ...(size !== undefined && { size }) });
}
