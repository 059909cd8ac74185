// The hash of a stored file.
import type { BlobRef, BlobStore } from "../ports/blob-store.ts";

/** Returns the SHA-256 in hex of the stored file: its source may be a stream, which can be read only once. */
export async function digestOf(ref: BlobRef, blobs: BlobStore): Promise<string> {
  return ref.sha256 ?? sha256(await (await blobs.get(ref)).bytes());
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
