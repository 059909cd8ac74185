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

/** Stores the files of runs. */
export interface BlobStore {
  put(source: ModelFile): Promise<BlobRef>;
  /** Rejects `not_found`. */
  get(ref: BlobRef): Promise<ModelFile>;
  /** Rejects `not_found` if the content does not match the hash of the reference. Absent: it cannot change. */
  verify?(ref: BlobRef): Promise<void>;
  /** Resolves also if the blob does not exist. */
  delete(ref: BlobRef): Promise<void>;
  /** Deletes the blobs of a process that died before a run referred to them. Called once, after the start. */
  sweep?(isKept: (id: string) => Promise<boolean>): Promise<void>;
}
