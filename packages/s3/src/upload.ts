// Uploads a stream: in one request if it is short, else in parts, of which a few are in memory at a time.
import { createHash, type Hash } from "node:crypto";
import type { CompleteMultipartUploadCommandInput, S3 } from "@aws-sdk/client-s3";
import { DeepaasError, type ModelFile } from "@deepaas/core";
import type { RequestOptions, S3Access } from "./s3-access.ts";
import { isMissingUpload } from "./s3-error.ts";

/** No upload takes longer: one that is unfinished after this time is of a process that died. */
export const longestUploadMs = 24 * 3_600_000;
/** Limits of S3. */
const mostParts = 10_000;
const largestPart = 5 * 2 ** 30;
const partsAtOnce = 3;

export interface Uploaded {
  /** In bytes. */
  readonly size: number;
  /** In hex. */
  readonly sha256: string;
}

interface Part {
  readonly body: Buffer;
  readonly isLast: boolean;
}

interface Target {
  readonly Bucket: string;
  readonly Key: string;
  readonly ContentType: string;
}

/**
 * Rejects with what the source rejects with, `too_large` if it needs more than 10,000 parts, else `unavailable`. If it rejects,
 * the object and its parts are removed, as far as S3 can be reached.
 */
export async function upload(access: S3Access, key: string, source: ModelFile): Promise<Uploaded> {
  const hash = createHash("sha256");
  const { bucket, partBytes } = access.settings;
  const target = { Bucket: bucket, Key: key, ContentType: headerText(source.contentType) };
  const parts = partsOf(source, partSizeFor(source.size, partBytes), hash);
  try {
    const first = (await parts.next()).value as Part;
    const size = first.isLast ? await putWhole(access, target, first) : await putParts(access, target, [first, parts]);
    return { size, sha256: hash.digest("hex") };
  } catch (error) {
    // A request whose answer was lost may have been a success.
    await access.request((s3) => s3.deleteObject({ Bucket: bucket, Key: key }), cleanUpAfter(error)).catch(() => {});
    throw error;
  } finally {
    await parts.return().catch(() => {});
  }
}

async function putWhole(access: S3Access, target: Target, { body }: Part): Promise<number> {
  await access.request((s3) => s3.putObject({ ...target, Body: body }));
  return body.length;
}

async function putParts(
  access: S3Access,
  target: Target,
  [first, others]: readonly [Part, AsyncIterable<Part>],
): Promise<number> {
  const { UploadId } = await access.request((s3) => s3.createMultipartUpload(target));
  const named = { Bucket: target.Bucket, Key: target.Key, UploadId };
  const failed = new AbortController();
  const running = new Set<Promise<void>>();
  try {
    const began = Date.now();
    const done: { readonly PartNumber: number; readonly ETag: string | undefined }[] = [];
    let size = 0;
    const start = (Body: Buffer, PartNumber: number) => {
      size += Body.length;
      const { signal } = failed;
      const input = { ...named, PartNumber, Body };
      const sending = access
        .request((s3) => s3.uploadPart(input), { signal })
        .then(
          ({ ETag }) => void done.push({ PartNumber, ETag }),
          (error: unknown) => failed.abort(error),
        )
        .finally(() => running.delete(sending));
      running.add(sending);
    };
    start(first.body, 1);
    let count = 1;
    for await (const { body } of others) {
      // The last part may be empty, which some servers refuse.
      if (body.length === 0) break;
      if (count === mostParts) throw tooLarge();
      if (Date.now() - began > longestUploadMs) throw new DeepaasError("unavailable", "The upload took over a day.");
      start(body, ++count);
      if (running.size >= partsAtOnce) await Promise.race(running);
      failed.signal.throwIfAborted();
    }
    await Promise.all(running);
    failed.signal.throwIfAborted();
    const Parts = done.sort((a, b) => a.PartNumber - b.PartNumber);
    await access.request((s3) => complete(s3, { ...named, MultipartUpload: { Parts } }, size));
    return size;
  } catch (error) {
    failed.abort();
    // A part that is under way is awaited: one that arrives with the abort of its upload may be kept.
    await Promise.all(running);
    const abort = async (s3: S3) => {
      try {
        await s3.abortMultipartUpload(named);
      } catch (err) {
        if (!isMissingUpload(err)) throw err;
      }
    };
    await access.request(abort, cleanUpAfter(error)).catch((err) => {
      access.settings.logger.warn({ err }, "an unfinished upload to S3 stays until a sweep");
    });
    throw error;
  }
}

/** Resolves also if an earlier attempt, whose answer was lost, has completed the upload. */
async function complete(s3: S3, input: CompleteMultipartUploadCommandInput, size: number): Promise<void> {
  try {
    await s3.completeMultipartUpload(input);
  } catch (error) {
    if (!isMissingUpload(error)) throw error;
    const there = await s3.headObject({ Bucket: input.Bucket, Key: input.Key }).catch(() => undefined);
    if (there?.ContentLength !== size) throw error;
  }
}

/** If S3 has failed after all attempts, the caller does not wait for as many of the clean-up. */
function cleanUpAfter(error: unknown): RequestOptions {
  return DeepaasError.is(error) ? { once: true } : {};
}

/** All parts but the last one have `partBytes`, as some servers require; the last one is shorter, and may be empty. */
async function* partsOf(source: ModelFile, partBytes: number, hash: Hash): AsyncGenerator<Part, void, undefined> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source.stream()) {
    hash.update(chunk);
    let rest: Uint8Array = chunk;
    while (length + rest.length >= partBytes) {
      const end = partBytes - length;
      pieces.push(rest.subarray(0, end));
      const body = Buffer.concat(pieces, partBytes);
      pieces = [];
      length = 0;
      yield { body, isLast: false };
      rest = rest.subarray(end);
    }
    pieces.push(rest);
    length += rest.length;
  }
  yield { body: Buffer.concat(pieces, length), isLast: true };
}

function partSizeFor(size: number | undefined, partBytes: number): number {
  const mebibyte = 2 ** 20;
  const needed = Math.ceil((size ?? 0) / mostParts / mebibyte) * mebibyte;
  if (needed > largestPart) throw tooLarge();
  return Math.max(partBytes, needed);
}

function tooLarge(): DeepaasError {
  return new DeepaasError("too_large", `The file is too large for S3: it has more than ${mostParts} parts.`);
}

/** A media type may come from an upload: what is no header value is not sent. The reference keeps it. */
function headerText(contentType: string): string {
  return /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(contentType) ? contentType : "application/octet-stream";
}
