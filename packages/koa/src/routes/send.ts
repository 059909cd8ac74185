// Writes a response to Koa's context: the only place that does.
import { Readable } from "node:stream";
import type { Context } from "koa";
import type { HttpResponse } from "../response/http-response.ts";
import { addVary } from "../response/response-headers.ts";

export function send(ctx: Context, { status = 200, headers = {}, vary = [], body }: HttpResponse): void {
  ctx.status = status;
  for (const name in headers) ctx.res.setHeader(name, headers[name] as string);
  if (vary.length > 0) addVary(ctx.res, vary);
  if (typeof body === "function") {
    // Not through Koa, which reports every client that disconnects from a stream as an error of the app.
    ctx.respond = false;
    ctx.res.flushHeaders();
    body(ctx.res);
  } else if (body !== undefined) {
    ctx.body = body;
    // Koa removes the length of a stream.
    const length = headers["Content-Length"];
    if (length !== undefined && body instanceof Readable) ctx.res.setHeader("Content-Length", length);
  }
}
