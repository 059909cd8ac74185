// Writes a response to Koa's context: the only place that does.
import { Readable } from "node:stream";
import type { Context } from "koa";
import type { HttpResponse } from "../response/http-response.ts";
import { type HeaderList, withOneVary } from "../response/response-headers.ts";

/** `responseHeaders`: of the request, with those of `response` after them. */
export function send(
  ctx: Context,
  { status = 200, headers = {}, vary = [], body }: HttpResponse,
  responseHeaders: HeaderList,
): void {
  const { res } = ctx;
  ctx.status = status;
  // Other middleware may have set it.
  const known = res.getHeader("Vary");
  const list = withOneVary(responseHeaders, vary, known === undefined ? undefined : String(known));
  for (let i = 0; i < list.length; i += 2) res.setHeader(list[i] as string, list[i + 1] as string);
  for (const name in headers) res.setHeader(name, headers[name] as string);
  if (typeof body === "function") {
    // Not through Koa, which reports every client that disconnects from a stream as an error of the app.
    ctx.respond = false;
    res.flushHeaders();
    body(res);
  } else if (body !== undefined) {
    ctx.body = body;
    // Koa removes the length of a stream.
    const length = headers["Content-Length"];
    if (length !== undefined && body instanceof Readable) res.setHeader("Content-Length", length);
  }
}
