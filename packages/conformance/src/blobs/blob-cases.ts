import assert from "node:assert/strict";
import { modelFile } from "@deepaas/core";
import type { BlobStore } from "@deepaas/core/ports";
import { rejection } from "../expect.ts";
import type { CaseDraft } from "../suite.ts";
import type { BlobRequirementId } from "./requirements.ts";

/** It deletes the blobs of an earlier process. */
export type BlobCapability = "sweep";

export interface BlobTest {
  readonly blobs: BlobStore;
  /** Opens the same blobs as another process. */
  reopen(): Promise<BlobStore>;
}

export interface BlobDraft extends CaseDraft<BlobRequirementId, BlobCapability> {
  run(test: BlobTest): Promise<void>;
}

const bytes = (text: string) => new TextEncoder().encode(text);

export const blobCases: readonly BlobDraft[] = [
  {
    title: "get returns the content, size, media type and name that were put",
    cites: ["put.get"],
    async run({ blobs }) {
      const named = { contentType: "text/plain", originalFilename: "ä.txt" };
      const ref = await blobs.put(modelFile(bytes("abc"), named));
      const { size, contentType, originalFilename } = ref;
      assert.deepEqual({ size, contentType, originalFilename }, { size: 3, ...named });
      const file = await blobs.get(ref);
      assert.deepEqual([file.contentType, file.originalFilename], [named.contentType, named.originalFilename]);
      assert.equal(await file.text(), "abc");
      assert.equal(await (await blobs.get(ref)).text(), "abc", "a blob can be read several times");
      const unnamed = await blobs.put(modelFile(bytes("x")));
      assert.ok(!Object.hasOwn(unnamed, "originalFilename"));
      assert.equal((await blobs.get(unnamed)).originalFilename, undefined);
    },
  },
  {
    title: "bytes, blobs, streams and empty files can be put",
    cites: ["put.sources", "put.own"],
    async run({ blobs }) {
      const source = bytes("abc");
      const ref = await blobs.put(modelFile(source));
      source.fill(0);
      assert.equal(await (await blobs.get(ref)).text(), "abc");
      const large = new Uint8Array(1_000_000).map((_, i) => i % 251);
      for (const content of [new Uint8Array(), large]) {
        for (const file of [modelFile(new Blob([content])), modelFile(new Blob([content]).stream())]) {
          const stored = await blobs.put(file);
          assert.equal(stored.size, content.length);
          assert.deepEqual(await (await blobs.get(stored)).bytes(), content);
        }
      }
    },
  },
  {
    title: "equal content has a reference for each put, and deleting one does not affect the others",
    cites: ["put.again", "get.unknown", "delete.twice"],
    async run({ blobs }) {
      const put = () => blobs.put(modelFile(bytes("same")));
      const [first, ...others] = await Promise.all([put(), put(), put()]);
      assert.equal(new Set([first, ...others].map((ref) => ref?.id)).size, 3);
      assert.ok(first);
      for (let i = 0; i < 2; i++) await blobs.delete(first);
      await rejection(blobs.get(first), "not_found");
      for (const ref of [...others, await put()]) assert.equal(await (await blobs.get(ref)).text(), "same");
    },
  },
  {
    title: "put rejects if reading the source fails, and later puts succeed",
    cites: ["put.fails"],
    async run({ blobs }) {
      const failing = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(bytes("half"));
          controller.error(new Error("the upload was aborted"));
        },
      });
      await assert.rejects(blobs.put(modelFile(failing)), /the upload was aborted/);
      assert.equal(await (await blobs.get(await blobs.put(modelFile(bytes("half"))))).text(), "half");
    },
  },
  {
    title: "sweep deletes the blobs of an earlier process that are not kept, and no others",
    cites: ["sweep.unkept"],
    needs: ["sweep"],
    async run({ blobs, reopen }) {
      const put = (store: BlobStore, text: string) => store.put(modelFile(bytes(text)));
      const [kept, unkept, other] = [await put(blobs, "a"), await put(blobs, "a"), await put(blobs, "b")];
      const next = await reopen();
      const own = await put(next, "b");
      await next.sweep?.(async () => false, { olderThanMs: 3_600_000 });
      assert.equal(await (await next.get(unkept)).text(), "a", "a blob that is younger stays");
      await next.sweep?.(async (id) => id === kept.id, { olderThanMs: 0 });
      for (const ref of [unkept, other]) await rejection(next.get(ref), "not_found");
      assert.deepEqual([await (await next.get(kept)).text(), await (await next.get(own)).text()], ["a", "b"]);
    },
  },
];
