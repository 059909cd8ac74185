import type { ModelFile } from "../contract/model-file.ts";

/** The reference to a blob, which a run store keeps with a run. */
export interface BlobRef {
  readonly id: string;
  readonly size: number;
  readonly contentType: string;
  readonly originalFilename?: string;
  /** Hash of the content in hex, if the store knows it. Otherwise the content is read again to compare it. */
  readonly sha256?: string;
}

export interface SweepOptions {
  /** Only blobs of at least this age are deleted: a process that shares the store may be about to refer to a younger one. */
  readonly olderThanMs: number;
}

/** Stores the files of runs. */
export interface BlobStore {
  put(source: ModelFile): Promise<BlobRef>;
  /** Rejects `not_found`. */
  get(ref: BlobRef): Promise<ModelFile>;
  /** Rejects `not_found` if the content does not match the hash of the reference. Absent: it cannot change. */
  verify?(ref: BlobRef): Promise<void>;
  /** Resolves also if the blob does not exist. */
  delete(ref: BlobRef): Promise<void>;
  /** Deletes the blobs of processes that died before a run referred to them. Called after the start, and then once a day. */
  sweep?(isKept: (id: string) => Promise<boolean>, options: SweepOptions): Promise<void>;
}
