import type { Requirement } from "../suite.ts";

const texts = {
  "put.get": "`get` returns what was put: content, size, media type and name; a missing name is absent.",
  "put.sources": "Bytes, `Blob`s and streams can be put, also empty ones.",
  "put.own": "Changing the bytes of the source after `put` does not change the blob.",
  "put.again": "Each `put` makes a new reference, also of equal content; deleting one does not affect the others.",
  "put.fails": "`put` rejects if reading the source fails.",
  "get.unknown": "`get` of a deleted or unknown blob rejects `not_found`.",
  "delete.twice": "`delete` resolves also if the blob does not exist.",
  "sweep.unkept": "`sweep` deletes the blobs of an earlier process that are not kept, and no others.",
} as const;

export type BlobRequirementId = keyof typeof texts;

/** The requirements of a `BlobStore`. */
export const blobRequirements = Object.entries(texts).map(([id, text]) => ({
  id,
  text,
})) as readonly Requirement<BlobRequirementId>[];
