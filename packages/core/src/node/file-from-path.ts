// A `ModelFile` on disk. It is streamed; only `bytes` and `text` load it into memory.
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
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
      bytes: () => readBytes(path),
    },
    { originalFilename: basename(path), ...options },
  );
}

/** Reads a file into one buffer of its size, in as few system calls as possible: Node's `readFile` splits a large file into hundreds. */
export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  await using file = await open(path);
  const { size } = await file.stat();
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(bytes, at, size - at);
    if (bytesRead === 0) return bytes.slice(0, at);
    at += bytesRead;
  }
  return bytes;
}
