// The test suite of `BlobStore`.
import type { BlobStore } from "@deepaas/core/ports";
import { type Case, casesFrom, type SuiteOptions } from "../suite.ts";
import { type BlobCapability, type BlobDraft, blobCases } from "./blob-cases.ts";

export interface BlobSubject {
  /** Without blobs. */
  readonly blobs: BlobStore;
  /** Opens the same blobs as another process does after a crash of the first. */
  reopen?(): Promise<BlobStore>;
  close(): Promise<void>;
}

/** `make` is called once for each case. */
export function blobSuite(
  make: () => Promise<BlobSubject>,
  options: SuiteOptions<BlobCapability> = {},
): readonly Case[] {
  const open = async ({ run }: BlobDraft) => {
    const subject = await make();
    const reopen = () => {
      if (!subject.reopen)
        throw new Error('The subject has no `reopen`. Name "sweep" in the option `lacks` of the suite.');
      return subject.reopen();
    };
    return { run: () => run({ blobs: subject.blobs, reopen }), close: () => subject.close() };
  };
  return casesFrom(blobCases, open, options);
}
