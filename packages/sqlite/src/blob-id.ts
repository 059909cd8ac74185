// Where blobs lie. Their names: `<sha256>.<uuid>`. A database may have been tampered with: nothing else becomes a path.
import { join } from "node:path";

export interface BlobId {
  readonly sha256: string;
  /** One for each time it was put. */
  readonly uuid: string;
}

const form = /^([0-9a-f]{64})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

export function blobIdFrom(id: string): BlobId | undefined {
  const [, sha256, uuid] = (typeof id === "string" && form.exec(id)) || [];
  return sha256 === undefined || uuid === undefined ? undefined : { sha256, uuid };
}

/** Of all that have this content. */
export function folderOf(root: string, sha256: string): string {
  return join(root, sha256.slice(0, 2), sha256);
}

/** Where files lie until all of them is there. Beside the blobs: a rename must not cross file systems. */
export const temporaryFolder = "tmp";
