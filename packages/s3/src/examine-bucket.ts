// What an operator should know of a bucket before nodes use it: each kind of request that `s3Blobs` makes, with small objects.
import { randomUUID } from "node:crypto";
import type { S3 } from "@aws-sdk/client-s3";
import type { DeepaasError } from "@deepaas/core";
import { checkS3Options, type S3BlobsOptions } from "./options.ts";
import { s3Access } from "./s3-access.ts";

export interface BucketStep {
  /** In this order. A step is absent if one that it needs has failed. */
  readonly step: "list" | "write" | "read" | "parts" | "delete";
  /** Why it failed. Undefined: it did not. */
  readonly error: DeepaasError | undefined;
}

const text = "deepaas doctor";

/**
 * Writes two objects `<prefix>doctor-<UUID>` and deletes them. Never rejects. Throws a TypeError for an invalid option. `attempts`
 * and the times of the options hold for each request.
 */
export async function examineBucket(options: S3BlobsOptions): Promise<readonly BucketStep[]> {
  const access = s3Access(checkS3Options(options));
  const { bucket: Bucket, prefix } = access.settings;
  const [whole, parted] = [`${prefix}doctor-${randomUUID()}`, `${prefix}doctor-${randomUUID()}`] as const;
  const steps: BucketStep[] = [];
  const run = async (step: BucketStep["step"], work: (s3: S3) => Promise<void>): Promise<boolean> => {
    const error = await access.request(work).then(
      () => undefined,
      (reason: DeepaasError) => reason,
    );
    steps.push({ step, error });
    return error === undefined;
  };
  // Also if there is no such bucket.
  if (!(await run("list", async (s3) => void (await s3.listObjectsV2({ Bucket, Prefix: prefix, MaxKeys: 1 })))))
    return steps;
  const isWritten = await run("write", async (s3) => void (await s3.putObject({ Bucket, Key: whole, Body: text })));
  if (!isWritten) return steps;
  await run("read", async (s3) => {
    const { Body } = await s3.getObject({ Bucket, Key: whole });
    if ((await Body?.transformToString()) !== text) throw new Error("the object has another content");
  });
  await run("parts", (s3) => uploadParts(s3, { Bucket, Key: parted, Prefix: prefix }));
  await run("delete", async (s3) => {
    await s3.deleteObject({ Bucket, Key: whole });
    // As the sweep does. What is not there is no error.
    const Objects = [{ Key: whole }, { Key: parted }];
    const { Errors = [] } = await s3.deleteObjects({ Bucket, Delete: { Objects, Quiet: true } });
    if (Errors.length > 0) throw Object.assign(new Error("not deleted"), { code: Errors[0]?.Code });
  });
  return steps;
}

async function uploadParts(
  s3: S3,
  { Prefix, ...target }: { readonly Bucket: string; readonly Key: string; readonly Prefix: string },
): Promise<void> {
  const { UploadId } = await s3.createMultipartUpload(target);
  const named = { ...target, UploadId };
  try {
    await s3.listMultipartUploads({ Bucket: target.Bucket, Prefix });
    const { ETag } = await s3.uploadPart({ ...named, PartNumber: 1, Body: text });
    await s3.completeMultipartUpload({ ...named, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } });
  } catch (error) {
    await s3.abortMultipartUpload(named).catch(() => {});
    throw error;
  }
}
