import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ModelFile } from "@deepaas/core";
import { fileFromPath } from "@deepaas/core/node";
import { type KeptFile, keepInMemory } from "./rpc/rpc-options.ts";

const mostInMemory = 65_536;

/** Large files go to disk: a model reads them as often as it likes, and another process may read them too. */
export async function spoolFile(file: ModelFile): Promise<KeptFile> {
  if (file.size !== undefined && file.size <= mostInMemory) return keepInMemory(file);
  // Only its owner may look into it: mkdtemp makes it with mode 0700.
  const folder = await mkdtemp(join(tmpdir(), "deepaas-ws-"));
  const discard = () => rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  const path = join(folder, "file");
  const { contentType, originalFilename = "" } = file;
  try {
    await pipeline(Readable.fromWeb(file.stream() as never), createWriteStream(path));
    return { file: await fileFromPath(path, { contentType, originalFilename }), discard };
  } catch (error) {
    await discard();
    throw error;
  }
}
