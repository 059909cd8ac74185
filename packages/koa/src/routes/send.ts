// Writes a response to Koa's context: the only place that does.
import { Readable } from "node:stream";
import type { Context } from "koa";
import type { HttpResponse } from "../response/http-response.ts";
import { type HeaderList, withVary } from "../response/response-headers.ts";

/** `responseHeaders`: of the request, with those of `response` after them. */
export function send(
  ctx: Context,
  { status = 200, headers = {}, vary = [], body }: HttpResponse,
  responseHeaders: HeaderList,
): void {
  const { res } = ctx;
  ctx.status = status;
  for (let i = 0; i < responseHeaders.length; i += 2) {
    const [name, value] = responseHeaders.slice(i, i + 2) as [string, string];
    if (name === "Vary") addVary(ctx, [value]);
    else res.setHeader(name, value);
  }
  for (const name in headers) res.setHeader(name, headers[name] as string);
  if (vary.length > 0) addVary(ctx, vary);
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

/** Other middleware may have set the header. */
function addVary({ res }: Context, names: readonly string[]): void {
  const known = res.getHeader("Vary");
  res.setHeader("Vary", withVary(known === undefined ? undefined : String(known), names));
}
