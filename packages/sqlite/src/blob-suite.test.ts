// The blob suite of `@deepaas/conformance` over blobs in a directory.
// #region blobs
import { blobSuite } from "@deepaas/conformance";
import { test } from "vitest";
import { directoryBlobs } from "./directory-blobs.ts";
import { newFolder } from "./testing/store-folder.ts";

const suite = blobSuite(async () => {
  const path = newFolder();
  return { blobs: directoryBlobs({ path }), reopen: async () => directoryBlobs({ path }), close: async () => {} };
});

for (const { title, run } of suite) test(title, run);
// #endregion blobs
