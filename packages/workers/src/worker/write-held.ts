// Bytes that a model gave and may use again: they are read here, before it can go on, and not copied in memory first.
import { closeSync, openSync, unlinkSync, writeSync } from "node:fs";
import type { ModelFile } from "@deepaas/core";
import { bytesInMemory, fileFromBytes } from "@deepaas/core/ports";
import { type Found, fileAt, maxAttachedBytes, newPathIn } from "../carried-files.ts";

/** `found` with none that refers to memory of the model. */
export function writeHeld(found: readonly Found[], folder: string): readonly Found[] {
  return found.map(({ at, file }) => {
    const bytes = bytesInMemory(file);
    return bytes ? { at, file: elsewhere(file, bytes, folder) } : { at, file };
  });
}

function elsewhere(file: ModelFile, bytes: Uint8Array<ArrayBuffer>, folder: string): ModelFile {
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
  return fileAt(path, { ...about, ...(size !== undefined && { size }) });
}
