// Reads an object as a stream that survives lost connections: the next request goes on from the byte that was reached.
import type { Readable } from "node:stream";
import { DeepaasError } from "@deepaas/core";
import { patience } from "./patience.ts";
import type { S3Access } from "./s3-access.ts";
import { CutAnswer, isOutOfRange } from "./s3-error.ts";

export interface StoredObject {
  readonly key: string;
  /** In bytes. An object of another size is damaged. */
  readonly size: number;
}

/**
 * Returns the size in bytes. Rejects `not_found` if the object is missing, else `unavailable`. It requests the first byte, because
 * the answer to HEAD does not say what is wrong: a missing object and a missing bucket are the same 404.
 */
export function objectSize(access: S3Access, key: string): Promise<number | undefined> {
  return access.request(async (s3) => {
    try {
      const answer = await s3.getObject({ Bucket: access.settings.bucket, Key: key, Range: "bytes=0-0" });
      const body = answer.Body as Readable;
      const total = /^bytes 0-0\/(\d+)$/.exec(answer.ContentRange ?? "")?.[1];
      // Read to its end, so that the connection can be used again.
      if (total !== undefined) for await (const _ of body);
      else body.destroy();
      return total === undefined ? answer.ContentLength : Number(total);
    } catch (error) {
      // An empty object has no first byte.
      if (isOutOfRange(error)) return 0;
      throw error;
    }
  });
}

/** Nothing is requested before the first read. Rejects `not_found` if the object is missing or damaged, else `unavailable`. */
export function objectStream(access: S3Access, object: StoredObject): ReadableStream<Uint8Array<ArrayBuffer>> {
  const left = new AbortController();
  const chunks = objectChunks(access, object, left.signal);
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel() {
        left.abort();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Ends without an error when `signal` is aborted. */
export async function* objectChunks(
  access: S3Access,
  object: StoredObject,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const tries = patience(access.settings, signal);
  let at = 0;
  while (at < object.size && !signal.aborted) {
    try {
      for await (const chunk of answerFrom(access, { ...object, at }, signal)) {
        at += chunk.length;
        if (at > object.size) throw damagedFile("it has another size");
        tries.progress();
        yield new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
        // The time of a reader that pauses is not that of a server that fails.
        tries.progress();
      }
      if (at < object.size) throw new CutAnswer("the answer was cut");
    } catch (error) {
      if (signal.aborted) return;
      await tries.afterFailure(error);
    }
  }
}

/** The body of one answer, from the byte `at` to the end of the object. */
async function* answerFrom(
  { settings, client }: S3Access,
  { key, size, at }: StoredObject & { readonly at: number },
  signal: AbortSignal,
): AsyncGenerator<Buffer<ArrayBuffer>, void, undefined> {
  const range = at === 0 ? {} : { Range: `bytes=${at}-` };
  const input = { Bucket: settings.bucket, Key: key, ...range };
  // An abort also ends the body.
  const answer = await (await client()).getObject(input, { abortSignal: signal });
  const body = answer.Body as Readable;
  try {
    // Without a length the bytes are counted.
    if ((answer.ContentLength ?? size - at) !== size - at) throw damagedFile("it has another size");
    if (at > 0 && !answer.ContentRange?.startsWith(`bytes ${at}-`)) throw new CutAnswer("the range was ignored");
    yield* body as AsyncIterable<Buffer<ArrayBuffer>>;
  } finally {
    body.destroy();
  }
}

export function damagedFile(why: string): DeepaasError {
  return new DeepaasError("not_found", `That file is damaged: ${why}.`);
}
