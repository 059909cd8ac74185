// The `BlobStore` in a bucket: one object for each blob.
import { createHash } from "node:crypto";
import { createModelFile } from "@deepaas/core";
import type { BlobRef, BlobStore } from "@deepaas/core/ports";
import { blobKeys, isBlobId } from "./blob-key.ts";
import { checkS3Options, type S3BlobsOptions } from "./options.ts";
import { damagedFile, objectChunks, objectSize, objectStream } from "./read-object.ts";
import { s3Access } from "./s3-access.ts";
import { sweepBlobs } from "./sweep.ts";
import { upload } from "./upload.ts";

/**
 * Nothing is requested before the first call. `put` streams, and leaves nothing behind if it rejects. `get` checks that the object
 * is there with its size; the content is read when the file is, and may be read several times. Streams go on after a lost
 * connection. All reject `unavailable` if S3 cannot be reached within the limits of the options, or refuses the access. Throws a
 * TypeError for an invalid option.
 */
export function s3Blobs(options: S3BlobsOptions): BlobStore {
  const access = s3Access(checkS3Options(options));
  const { bucket, prefix } = access.settings;
  const keys = blobKeys(prefix);

  const requireSize = async (key: string, size: number) => {
    if ((await objectSize(access, key)) !== size) throw damagedFile("it has another size");
  };

  return {
    async put(source) {
      const id = keys.newId();
      const { size, sha256 } = await upload(access, keys.keyOf(id), source);
      const { contentType, originalFilename } = source;
      return { id, size, sha256, contentType, ...(originalFilename !== undefined && { originalFilename }) };
    },

    async get({ id, size, contentType, originalFilename }: BlobRef) {
      const object = { key: keys.keyOf(id), size };
      await requireSize(object.key, size);
      return createModelFile(
        { size, stream: () => objectStream(access, object) },
        { contentType, ...(originalFilename !== undefined && { originalFilename }) },
      );
    },

    async verify({ id, size, sha256 }: BlobRef) {
      const object = { key: keys.keyOf(id), size };
      // Also an empty object must be there.
      await requireSize(object.key, size);
      const hash = createHash("sha256");
      for await (const chunk of objectChunks(access, object, new AbortController().signal)) hash.update(chunk);
      if (sha256 !== undefined && hash.digest("hex") !== sha256) throw damagedFile("it has another hash");
    },

    async delete({ id }) {
      if (!isBlobId(id)) return;
      await access.request((s3) => s3.deleteObject({ Bucket: bucket, Key: keys.keyOf(id) }));
    },

    sweep: (isKept, { olderThanMs }) => sweepBlobs(access, { keys, isKept, olderThanMs }),
  };
}
