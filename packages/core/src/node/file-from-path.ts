// A `ModelFile` on disk. It is streamed; only `bytes` and `text` load it into memory.
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { createModelFile, type ModelFile, type ModelFileOptions } from "../contract/model-file.ts";

/** Rejects as `stat` does when no such file. `originalFilename` defaults to the path's last part. */
export async function fileFromPath(path: string, options: ModelFileOptions = {}): Promise<ModelFile> {
  const { size } = await stat(path);
  return createModelFile(
    {
      size,
      path,
      stream: () => Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array<ArrayBuffer>>,
      bytes: async () => new Uint8Array(await readFile(path)),
    },
    { originalFilename: basename(path), ...options },
  );
}
