// The blob suite over the in-memory blob store.
import { memoryBlobs } from "@deepaas/core/ports";
import { expect, test } from "vitest";
import { blobSuite } from "./blobs/blob-suite.ts";
import { blobRequirements } from "./blobs/requirements.ts";
import { uncited } from "./suite.ts";

const lacks = { sweep: "its blobs end with the process" };
const suite = blobSuite(async () => ({ blobs: memoryBlobs(), close: async () => {} }), { lacks });

for (const { title, skip, run } of suite) if (skip === undefined) test(title, run);

test("every requirement of a blob store is cited", () => {
  expect(uncited(suite, blobRequirements)).toEqual([]);
});
