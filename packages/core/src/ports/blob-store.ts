import type { ModelFile } from "../contract/model-file.ts";

/** A blob that the store keeps with a run. */
export interface BlobRef {
  readonly id: string;
  readonly size: number;
  readonly contentType: string;
  readonly originalFilename?: string;
  /** Of its content, in hex, from a store that knows it: then nothing is read again to compare it. */
  readonly sha256?: string;
}

export interface BlobStore {
  put(source: ModelFile): Promise<BlobRef>;
  /** Rejects `not_found`. */
  get(ref: BlobRef): Promise<ModelFile>;
  /** Nothing happens when it is gone already. */
  delete(ref: BlobRef): Promise<void>;
  /** Deletes what an earlier process put and nothing refers to: it died between the two. Called once, after the start. */
  sweep?(isKept: (id: string) => Promise<boolean>): Promise<void>;
}
