// A file as a response, whole or in part (RFC 9110, section 14).
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import type { ModelFile } from "@deepaas/core";
import contentDisposition from "content-disposition";
import type { HttpRequest } from "../request/http-request.ts";
import { type HttpResponse, textResponse } from "./http-response.ts";

const mediaTypePattern = /^[\w.+*-]+\/[\w.+*-]+(?:\s*;\s*[\w-]+=(?:[\w.+-]+|"[^"\\\r\n]*"))*$/;

/** `ranges`: the file is the same for every request, so a client may request a part of it. */
export async function fileResponse(
  request: HttpRequest,
  file: ModelFile,
  options: { readonly ranges?: boolean } = {},
): Promise<HttpResponse> {
  const { size, originalFilename, contentType } = file;
  const hasRanges = options.ranges === true && size !== undefined;
  const range = hasRanges ? rangeOf(request, size) : undefined;
  const acceptRanges = hasRanges && { "Accept-Ranges": "bytes" };
  if (range === "unsatisfiable") {
    const response = textResponse(416, "416: Range Not Satisfiable");
    return { ...response, headers: { ...response.headers, ...acceptRanges, "Content-Range": `bytes */${size}` } };
  }
  const length = range ? range.end - range.start + 1 : size;
  const headers = {
    ...(originalFilename !== undefined && { "Content-Disposition": contentDisposition(originalFilename) }),
    "Content-Type": mediaTypePattern.test(contentType) ? contentType : "application/octet-stream",
    // A file from a model or an upload must not act as a page of this server.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    ...acceptRanges,
    ...(range && { "Content-Range": `bytes ${range.start}-${range.end}/${size}` }),
    ...(length !== undefined && { "Content-Length": String(length) }),
  };
  const status = range ? 206 : 200;
  if (request.method === "HEAD") return { status, headers };
  const source = range ? await streamOfRange(file, range) : file.stream();
  return { status, headers, body: await startedStream(source, request.clientGoneSignal) };
}

interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Returns the requested range, or undefined for the whole file: also for several ranges and for a condition. */
function rangeOf(request: HttpRequest, size: number): ByteRange | "unsatisfiable" | undefined {
  if (request.method !== "GET" || request.header("if-range") !== "") return undefined;
  const [all, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(request.header("range")) ?? [];
  if (all === undefined || (from === "" && to === "")) return undefined;
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== "" && to !== "" && Number(to) < Number(from)) return undefined;
  return start > end || start >= size ? "unsatisfiable" : { start, end };
}

async function streamOfRange(file: ModelFile, { start, end }: ByteRange): Promise<ReadableStream<Uint8Array>> {
  if (file.path !== undefined)
    return Readable.toWeb(createReadStream(file.path, { start, end })) as ReadableStream<Uint8Array>;
  return new Blob([await file.bytes()]).slice(start, end + 1).stream();
}

/** Returns the stream once its first bytes are read: a file that cannot be read can still become an error response. */
async function startedStream(source: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<Readable> {
  const reader = source.getReader();
  // Not the signal option of Readable: its error would be unhandled if the client is already gone.
  const cancel = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", cancel, { once: true });
  if (signal.aborted) cancel();
  // The signal outlives the response.
  const stopWatching = () => signal.removeEventListener("abort", cancel);
  const first = await reader.read().catch((error: unknown) => {
    stopWatching();
    throw error;
  });
  signal.throwIfAborted();
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (let next = first; !next.done; next = await reader.read()) yield next.value;
    } finally {
      stopWatching();
      cancel();
    }
  }
  return Readable.from(chunks(), { objectMode: false });
}
