// Ids of blobs, `<sha256>.<uuid>`, and their paths. An id from a database may be forged: only a valid one becomes a path.
import { join } from "node:path";

export interface BlobId {
  readonly sha256: string;
  /** A new id for each `put`. */
  readonly uuid: string;
}

const form = /^([0-9a-f]{64})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

export function blobIdFrom(id: string): BlobId | undefined {
  const [, sha256, uuid] = (typeof id === "string" && form.exec(id)) || [];
  return sha256 === undefined || uuid === undefined ? undefined : { sha256, uuid };
}

/** The folder of all blobs with this content. */
export function folderOf(root: string, sha256: string): string {
  return join(root, sha256.slice(0, 2), sha256);
}

/** The folder of incomplete files. Beside the blobs, because a rename must not cross file systems. */
export const temporaryFolder = "tmp";
