import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ModelFile } from "@deepaas/core";
import { fileFromPath, PrivateFolder } from "@deepaas/core/node";
import { type KeptFile, keepInMemory } from "./rpc/rpc-options.ts";

const maxBytesInMemory = 65_536;

/** Writes large files to disk: a model may read a file more than once, and a worker process may read it too. */
export async function spoolFile(file: ModelFile): Promise<KeptFile> {
  if (file.size !== undefined && file.size <= maxBytesInMemory) return keepInMemory(file);
  const folder = new PrivateFolder("ws-");
  const discard = async () => folder.remove();
  const { contentType, originalFilename = "" } = file;
  try {
    const path = await folder.newPath();
    await pipeline(Readable.fromWeb(file.stream() as never), createWriteStream(path));
    return { file: await fileFromPath(path, { contentType, originalFilename }), discard };
  } catch (error) {
    await discard();
    throw error;
  }
}
