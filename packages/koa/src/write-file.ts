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
  const source = part ? await streamOfPart(file, part) : file.stream();
  ctx.body = await begun(source, leftSignal(ctx));
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

async function streamOfPart(file: ModelFile, { start, end }: Part): Promise<ReadableStream<Uint8Array>> {
  if (file.path !== undefined)
    return Readable.toWeb(createReadStream(file.path, { start, end })) as ReadableStream<Uint8Array>;
  return new Blob([await file.bytes()]).slice(start, end + 1).stream();
}

/** The stream, once its first bytes are there: a file that cannot be read is an error while there can still be one. */
async function begun(source: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<Readable> {
  const reader = source.getReader();
  // Not by the stream's own signal option: its error would have no listener when the client has left already.
  const cancel = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", cancel, { once: true });
  if (signal.aborted) cancel();
  const first = await reader.read();
  signal.throwIfAborted();
  async function* all(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (let next = first; !next.done; next = await reader.read()) yield next.value;
    } finally {
      cancel();
    }
  }
  return Readable.from(all(), { objectMode: false });
}
