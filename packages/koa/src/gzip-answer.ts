// JSON that is long enough to be worth it goes out compressed to whoever takes that.
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Context } from "koa";

export const zip = promisify(gzip);

export function takesGzip(ctx: Context): boolean {
  return ctx.acceptsEncodings("gzip", "identity") === "gzip";
}

/** Only what is JSON and lies ready: a stream or a file goes out as it is. Compressed off the event loop. */
export async function gzipAnswer(ctx: Context): Promise<void> {
  const { body } = ctx;
  // What has an entity tag or an encoding already has one for exactly these bytes.
  if (ctx.res.hasHeader("ETag") || ctx.res.hasHeader("Content-Encoding") || !/[/+]json\b/.test(ctx.type)) return;
  ctx.vary("Accept-Encoding");
  if (!takesGzip(ctx)) return;
  const type = ctx.response.get("Content-Type");
  ctx.set("Content-Encoding", "gzip");
  ctx.body = await zip(body as string);
  ctx.set("Content-Type", type);
}
