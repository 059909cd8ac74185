// Blob stores that are broken in one way, each with the requirement that it violates.
import { modelFile } from "@deepaas/core";
import type { BlobRef, BlobStore } from "@deepaas/core/ports";
import type { Broken } from "./broken.ts";

export const brokenBlobs: readonly Broken<BlobStore>[] = [
  [
    "drops the name of a file",
    "put.get",
    (blobs) => ({
      ...blobs,
      put: async (file) => blobs.put(modelFile(await file.bytes(), { contentType: file.contentType })),
    }),
  ],
  [
    "stores nothing of a stream",
    "put.sources",
    (blobs) => ({ ...blobs, put: (file) => blobs.put({ ...file, bytes }) }),
  ],
  [
    "has one reference for equal content",
    "put.again",
    (blobs) => {
      const refs = new Map<string, Promise<BlobRef>>();
      return {
        ...blobs,
        async put(file) {
          const text = await file.text();
          const ref = refs.get(text) ?? blobs.put(modelFile(new TextEncoder().encode(text)));
          refs.set(text, ref);
          return ref;
        },
      };
    },
  ],
  [
    "stores an empty file if reading fails",
    "put.fails",
    (blobs) => ({ ...blobs, put: (file) => blobs.put(file).catch(() => blobs.put(modelFile(new Uint8Array()))) }),
  ],
  ["does not delete", "get.unknown", (blobs) => ({ ...blobs, delete: async () => {} })],
  [
    "rejects a second delete",
    "delete.twice",
    (blobs) => ({
      ...blobs,
      async delete(ref) {
        await blobs.get(ref);
        await blobs.delete(ref);
      },
    }),
  ],
  ["does not sweep", "sweep.unkept", (blobs) => ({ ...blobs, sweep: async () => {} })],
  [
    "sweeps its own blobs",
    "sweep.unkept",
    (blobs) => {
      const own: BlobRef[] = [];
      return {
        ...blobs,
        async put(file) {
          const ref = await blobs.put(file);
          own.push(ref);
          return ref;
        },
        async sweep(isKept) {
          for (const ref of own) if (!(await isKept(ref.id))) await blobs.delete(ref);
        },
      };
    },
  ],
];

const bytes = async () => new Uint8Array();
