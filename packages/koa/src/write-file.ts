// A file as an answer: its own type and name, its size when known, a part of it when asked for.
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import type { ModelFile } from "@deepaas/core";
import type { Context } from "koa";
import { leftSignal } from "./request-call.ts";

const soundType = /^[\w.+*-]+\/[\w.+*-]+(?:\s*;\s*[\w-]+=(?:[\w.+-]+|"[^"\\\r\n]*"))*$/;

/** `ranges`: whether the file is the same at every request, so that parts of it can be asked for (RFC 9110, section 14). */
export async function writeFile(
  ctx: Context,
  file: ModelFile,
  options: { readonly ranges?: boolean } = {},
): Promise<void> {
  const { size } = file;
  if (file.originalFilename !== undefined) ctx.attachment(file.originalFilename);
  ctx.set("Content-Type", soundType.test(file.contentType) ? file.contentType : "application/octet-stream");
  // What a model drew or a caller uploaded must not act as a page of this server.
  ctx.set("Content-Security-Policy", "default-src 'none'; sandbox");
  const part = options.ranges && size !== undefined ? partOf(ctx, size) : undefined;
  if (part === "unsatisfiable") {
    ctx.remove("Content-Disposition");
    ctx.remove("Content-Security-Policy");
    ctx.set("Content-Range", `bytes */${size}`);
    ctx.status = 416;
    ctx.set("Content-Type", "text/plain; charset=utf-8");
    ctx.body = "416: Range Not Satisfiable";
    return;
  }
  ctx.status = part ? 206 : 200;
  if (part) ctx.set("Content-Range", `bytes ${part.start}-${part.end}/${size}`);
  const length = part ? part.end - part.start + 1 : size;
  if (length !== undefined) ctx.set("Content-Length", String(length));
  if (ctx.method === "HEAD") return;
  const chunks = part ? chunksOfPart(file, part) : (file.stream() as AsyncIterable<Uint8Array>);
  ctx.body = await begun(chunks, leftSignal(ctx));
  // Setting a stream keeps the headers, but not a length that Koa does not know of.
  if (length !== undefined) ctx.set("Content-Length", String(length));
}

interface Part {
  readonly start: number;
  readonly end: number;
}

/** The one range that is asked for; undefined: the whole file, as for several ranges or a condition. */
function partOf(ctx: Context, size: number): Part | "unsatisfiable" | undefined {
  ctx.set("Accept-Ranges", "bytes");
  if (ctx.method !== "GET" || ctx.get("If-Range") !== "") return undefined;
  const [all, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(ctx.get("Range")) ?? [];
  if (all === undefined || (from === "" && to === "")) return undefined;
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== "" && to !== "" && Number(to) < Number(from)) return undefined;
  return start > end || start >= size ? "unsatisfiable" : { start, end };
}

async function* chunksOfPart(file: ModelFile, { start, end }: Part): AsyncIterable<Uint8Array> {
  if (file.path !== undefined) yield* createReadStream(file.path, { start, end });
  else yield (await file.bytes()).subarray(start, end + 1);
}

/** The stream, once its first bytes are there: a file that cannot be read is an error while there can still be one. */
async function begun(chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<Readable> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  async function* all(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      if (first.done) return;
      yield first.value;
      for (;;) {
        const next = await iterator.next();
        if (next.done) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return Readable.from(all(), { objectMode: false, signal });
}
