import { faultProxy, type Passing } from "@deepaas/conformance/servers";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { examineBucket } from "./examine-bucket.ts";
import type { S3BlobsOptions } from "./options.ts";
import { hasMoto, needsMoto, startS3, type TestS3, testCredentials } from "./testing/s3-server.ts";

const denied = {
  status: 403,
  body: "<Error><Code>AccessDenied</Code><Message>no</Message></Error>",
};

describe.skipIf(!hasMoto)(`a bucket ${needsMoto}`, () => {
  let s3: TestS3;
  beforeAll(async () => {
    s3 = await startS3();
  });
  afterAll(() => s3?.[Symbol.asyncDispose]());

  /** Examines a new bucket, of which S3 denies some requests. Returns the steps as texts, and the keys that are left. */
  async function examined(isDenied: (passing: Passing) => boolean, more: Partial<S3BlobsOptions> = {}) {
    const bucket = await s3.newBucket();
    const proxy = await faultProxy(s3.endpoint);
    onTestFinished(() => proxy[Symbol.asyncDispose]());
    proxy.fault = (passing) => (isDenied(passing) ? { answer: denied } : undefined);
    const options = { bucket, endpoint: proxy.endpoint, credentials: testCredentials, attempts: 1, ...more };
    const steps = await examineBucket(options);
    const { Contents = [] } = await s3.client.listObjectsV2({ Bucket: bucket });
    const { Uploads = [] } = await s3.client.listMultipartUploads({ Bucket: bucket });
    return {
      steps: steps.map(({ step, error }) => (error ? `${step}: ${error.message}` : step)),
      left: [...Contents, ...Uploads].length,
    };
  }

  test("one that permits everything: nothing is left in it", async () => {
    const all = ["list", "write", "read", "parts", "delete"];
    expect(await examined(() => false)).toEqual({ steps: all, left: 0 });
    expect(await examined(() => false, { prefix: "" })).toEqual({ steps: all, left: 0 });
  });

  const isWhole = ({ method, url }: Passing, wanted: string) =>
    method === wanted && !/[?&](?:uploads|uploadId)/.test(url);
  test.each([
    ["lists", (one: Passing) => one.url.includes("list-type"), ["list!"], 0],
    ["writes", (one: Passing) => isWhole(one, "PUT"), ["list", "write!"], 0],
    [
      "reads",
      (one: Passing) => isWhole(one, "GET") && one.url.includes("GetObject"),
      ["list", "write", "read!", "parts", "delete"],
      0,
    ],
    [
      "lists uploads",
      ({ method, url }: Passing) => method === "GET" && /[?&]uploads/.test(url),
      ["list", "write", "read", "parts!", "delete"],
      0,
    ],
    ["deletes", (one: Passing) => isWhole(one, "DELETE"), ["list", "write", "read", "parts", "delete!"], 2],
    ["deletes several", ({ url }: Passing) => /[?&]delete/.test(url), ["list", "write", "read", "parts", "delete!"], 1],
  ])("one that denies who %s", async (_what, isDenied, expected, left) => {
    const found = await examined(isDenied);
    expect(found.steps.map((step) => step.replace(/:.*AccessDenied.*/, "!"))).toEqual(expected);
    expect(found.left).toBe(left);
  });

  test("no such bucket, and no S3 at all", async () => {
    const options = { endpoint: s3.endpoint, credentials: testCredentials, attempts: 1 };
    const [missing] = await examineBucket({ ...options, bucket: "none" });
    expect(missing).toMatchObject({ step: "list", error: { message: expect.stringContaining("NoSuchBucket") } });
    const [away] = await examineBucket({ ...options, bucket: "none", endpoint: "http://127.0.0.1:1" });
    expect(away).toMatchObject({ step: "list", error: { message: expect.stringContaining("ECONNREFUSED") } });
    await expect(examineBucket({ bucket: "" })).rejects.toThrow(TypeError);
  });
});
