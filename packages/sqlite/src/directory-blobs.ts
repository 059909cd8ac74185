// Skeleton.
import { type BlobStore, memoryBlobs } from "@deepaas/core/host";

export interface DirectoryBlobsOptions {
  readonly path: string;
}

export function directoryBlobs(_options: DirectoryBlobsOptions): BlobStore {
  return memoryBlobs();
}
