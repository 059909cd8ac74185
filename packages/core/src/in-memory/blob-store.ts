// The `BlobStore` that keeps everything in this process.
import { DeepaasError } from "../contract/error.ts";
import { modelFile } from "../contract/model-file.ts";
import type { BlobRef, BlobStore } from "../ports/blob-store.ts";

export function memoryBlobs(): BlobStore {
  const blobs = new Map<string, Blob>();
  return {
    async put(source) {
      const blob = new Blob([await source.bytes()]);
      const id = crypto.randomUUID();
      blobs.set(id, blob);
      const { contentType, originalFilename } = source;
      return { id, size: blob.size, contentType, ...(originalFilename !== undefined && { originalFilename }) };
    },
    async get(ref: BlobRef) {
      const blob = blobs.get(ref.id);
      if (!blob) throw new DeepaasError("not_found", "That file is not kept any more.");
      return modelFile(blob, ref);
    },
    async delete(ref) {
      blobs.delete(ref.id);
    },
  };
}
