// Ids of blobs and their keys, `<prefix><id>`. An id from a database may be forged: only a valid one becomes a key.
import { randomUUID } from "node:crypto";
import { DeepaasError } from "@deepaas/core";

const form = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface BlobKeys {
  newId(): string;
  /** Throws `not_found` if the id is not one of this store. */
  keyOf(id: string): string;
  /** Returns undefined if the key is not one of a blob of this store, or if this process has put it. */
  othersIdOf(key: string | undefined): string | undefined;
}

export function blobKeys(prefix: string): BlobKeys {
  // The end of every id of this process: a run may be about to refer to its blobs.
  const mark = randomUUID().slice(-12);
  return {
    newId: () => `${randomUUID().slice(0, -12)}${mark}`,
    keyOf(id) {
      if (!isBlobId(id)) throw new DeepaasError("not_found", "That is no file of this store.");
      return `${prefix}${id}`;
    },
    othersIdOf(key) {
      if (key === undefined || !key.startsWith(prefix)) return undefined;
      const id = key.slice(prefix.length);
      return isBlobId(id) && !id.endsWith(mark) ? id : undefined;
    },
  };
}

export function isBlobId(id: unknown): id is string {
  return typeof id === "string" && form.test(id);
}
