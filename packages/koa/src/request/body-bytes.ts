// The bytes of a request body: counted, decompressed, and with an idle timeout. The request is never destroyed here, so that
// the client gets a response instead of a connection reset.
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";
import { DeepaasError } from "@deepaas/core";
import { HttpError } from "../http-error.ts";
import { askForBody } from "./continue.ts";
import { markRead } from "./drain.ts";

export interface BodyLimits {
  /** 0: no limit. */
  readonly maxBytes: number;
  readonly tooLarge: (maxBytes: number, actual: number) => HttpError;
  /** In milliseconds. 0: no limit. */
  readonly uploadIdleMs: number;
}

type Chunks = AsyncIterable<Buffer>;

/** By the first byte: clients send deflate with the header of zlib (RFC 9110) and without it. */
const decoders = {
  gzip: () => createGunzip(),
  "x-gzip": () => createGunzip(),
  deflate: (first: number) => ((first & 0x0f) === 8 ? createInflate() : createInflateRaw()),
  br: () => createBrotliDecompress(),
} as const;

/** Throws 413 or 415 before reading. The iteration throws 400, 408 or 413, or `cancelled` if the client disconnects. */
export function bodyBytes(req: IncomingMessage, limits: BodyLimits): Chunks {
  const { maxBytes, tooLarge } = limits;
  const announced = Number(req.headers["content-length"] ?? 0);
  if (maxBytes > 0 && announced > maxBytes) throw tooLarge(maxBytes, announced);
  const encoding = (req.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  const raw = counted(received(req, limits.uploadIdleMs), limits);
  if (encoding === "identity" || encoding === "") return raw;
  if (!Object.hasOwn(decoders, encoding)) throw new HttpError(415, "The content encoding is not gzip, deflate or br");
  return counted(decoded(raw, decoders[encoding as keyof typeof decoders]), limits);
}

/**
 * Returns a body that arrived together with its headers, as small ones do: without an iterator and a timer. Undefined if
 * `bodyBytes` must be used.
 */
export function bufferedBody(req: IncomingMessage, { maxBytes }: BodyLimits): Buffer | undefined {
  const size = req.readableLength;
  if (size === 0 || size !== Number(req.headers["content-length"])) return undefined;
  if (req.headers["content-encoding"] !== undefined || (maxBytes > 0 && size > maxBytes)) return undefined;
  askForBody(req);
  markRead(req);
  return req.read() as Buffer;
}

async function* received(req: IncomingMessage, idleMs: number): Chunks {
  askForBody(req);
  const chunks = req.iterator({ destroyOnReturn: false });
  let timer: NodeJS.Timeout | undefined;
  try {
    for (;;) {
      const idle = new Promise<never>((_resolve, reject) => {
        if (idleMs > 0) timer = setTimeout(() => reject(new HttpError(408, "Request body timed out")), idleMs);
      });
      const next = chunks.next() as Promise<IteratorResult<Buffer, undefined>>;
      // The loser of the race must not become an unhandled rejection.
      next.catch(() => {});
      const { done, value } = await Promise.race([next, idle]);
      clearTimeout(timer);
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw new DeepaasError("cancelled", "The client disconnected before its request was complete.", { cause: error });
  } finally {
    clearTimeout(timer);
    // Not awaited: after a timeout a read is still pending.
    chunks.return?.().catch(() => {});
  }
}

async function* counted(chunks: Chunks, { maxBytes, tooLarge }: BodyLimits): Chunks {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (maxBytes > 0 && size > maxBytes) throw tooLarge(maxBytes, size);
    yield chunk;
  }
}

async function* decoded(chunks: Chunks, decoderFor: (first: number) => ReturnType<typeof createGunzip>): Chunks {
  const iterator = chunks[Symbol.asyncIterator]();
  const { done, value: first } = (await iterator.next()) as IteratorResult<Buffer, undefined>;
  if (done) return;
  const decoder = decoderFor(first[0] ?? 0);
  let failure: unknown;
  const source = Readable.from(withFirst(first, iterator), { objectMode: false });
  source.on("error", (error) => {
    failure = error;
    decoder.destroy(error);
  });
  source.pipe(decoder);
  try {
    for await (const chunk of decoder) yield chunk as Buffer;
  } catch (error) {
    if (failure !== undefined) throw failure;
    throw new HttpError(400, `The compressed body is broken (${codeOf(error)})`);
  } finally {
    source.destroy();
    decoder.destroy();
  }
}

async function* withFirst(first: Buffer, rest: AsyncIterator<Buffer>): Chunks {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}

function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown }).code ?? "unreadable");
}
