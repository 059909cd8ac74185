// Deletes blobs of other processes to which no run refers, and uploads that they never finished. One page in memory at a time.
import { DeepaasError } from "@deepaas/core";
import type { SweepOptions } from "@deepaas/core/ports";
import type { BlobKeys } from "./blob-key.ts";
import type { S3Access } from "./s3-access.ts";
import { isMissingUpload } from "./s3-error.ts";
import { longestUploadMs } from "./upload.ts";

/** Questions to the run store at a time. */
const questionsAtOnce = 16;

export interface Sweep extends SweepOptions {
  readonly keys: BlobKeys;
  readonly isKept: (id: string) => Promise<boolean>;
}

/** Objects with other keys are not blobs, and stay. Rejects `unavailable`. */
export async function sweepBlobs(access: S3Access, sweep: Sweep): Promise<void> {
  await sweepObjects(access, sweep);
  await sweepUploads(access, sweep);
}

async function sweepObjects(access: S3Access, { keys, isKept, olderThanMs }: Sweep): Promise<void> {
  const { bucket, prefix } = access.settings;
  const age = ageCheck(olderThanMs);
  let ContinuationToken: string | undefined;
  do {
    const from = { Bucket: bucket, Prefix: prefix, Delimiter: "/", ContinuationToken };
    const page = await access.request((s3) => s3.listObjectsV2(from));
    const old = (page.Contents ?? []).flatMap(({ Key, LastModified, ETag }) => {
      const id = keys.othersIdOf(Key);
      if (id === undefined) return [];
      // An object of several parts has the time at which its upload began.
      const hasParts = ETag?.includes("-") === true;
      return age.isOld(LastModified, hasParts ? longestUploadMs : 0) ? [id] : [];
    });
    const unkept: string[] = [];
    for (let i = 0; i < old.length; i += questionsAtOnce) {
      const asked = old.slice(i, i + questionsAtOnce);
      const answers = await Promise.all(asked.map((id) => isKept(id)));
      unkept.push(...asked.filter((_, at) => !answers[at]));
    }
    await deleteAll(
      access,
      unkept.map((id) => keys.keyOf(id)),
    );
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
}

/** A page has at most 1,000 objects, as many as one request may delete. */
async function deleteAll(access: S3Access, unkept: readonly string[]): Promise<void> {
  if (unkept.length === 0) return;
  const Delete = { Objects: unkept.map((Key) => ({ Key })), Quiet: true };
  const { Errors = [] } = await access.request((s3) => s3.deleteObjects({ Bucket: access.settings.bucket, Delete }));
  const refused = Errors.filter(({ Code }) => Code !== "NoSuchKey");
  if (refused.length === 0) return;
  const code = /^\w{1,64}$/.exec(refused[0]?.Code ?? "")?.[0] ?? "unknown error";
  throw new DeepaasError("unavailable", `${refused.length} files in S3 cannot be deleted: ${code}.`);
}

async function sweepUploads(access: S3Access, { keys, olderThanMs }: Sweep): Promise<void> {
  const { bucket, prefix } = access.settings;
  const age = ageCheck(olderThanMs);
  let KeyMarker: string | undefined;
  let UploadIdMarker: string | undefined;
  do {
    const from = { Bucket: bucket, Prefix: prefix, Delimiter: "/", KeyMarker, UploadIdMarker };
    const page = await access.request((s3) => s3.listMultipartUploads(from));
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (keys.othersIdOf(Key) === undefined || !age.isOld(Initiated, longestUploadMs)) continue;
      await access.request(async (s3) => {
        try {
          await s3.abortMultipartUpload({ Bucket: bucket, Key, UploadId });
        } catch (error) {
          if (!isMissingUpload(error)) throw error;
        }
      });
    }
    const isMore = page.IsTruncated === true && page.NextKeyMarker !== "";
    KeyMarker = isMore ? page.NextKeyMarker : undefined;
    UploadIdMarker = page.NextUploadIdMarker || undefined;
  } while (KeyMarker !== undefined);
}

/** With an age of 0 there is no other process, and the time of nothing matters. */
function ageCheck(olderThanMs: number): { isOld(time: Date | undefined, moreMs: number): boolean } {
  const before = Date.now() - olderThanMs;
  return {
    isOld: (time, moreMs) => olderThanMs === 0 || (time !== undefined && time.getTime() < before - moreMs),
  };
}
