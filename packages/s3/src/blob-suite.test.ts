// The blob suite of `@deepaas/conformance` over a real server.
import { blobSuite } from "@deepaas/conformance";
import { afterAll, beforeAll, describe, test } from "vitest";
import { s3Blobs } from "./index.ts";
import { hasMoto, needsMoto, startS3, type TestS3, testCredentials } from "./testing/s3-server.ts";

describe.skipIf(!hasMoto)(`blobs in S3 ${needsMoto}`, () => {
  let s3: TestS3;
  beforeAll(async () => {
    s3 = await startS3();
  });
  afterAll(() => s3?.[Symbol.asyncDispose]());

  const cases = blobSuite(async () => {
    const options = { bucket: await s3.newBucket(), endpoint: s3.endpoint, credentials: testCredentials };
    return { blobs: s3Blobs(options), reopen: async () => s3Blobs(options), close: async () => {} };
  });
  for (const { title, run } of cases) test(title, run);
});
