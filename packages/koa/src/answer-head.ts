// The headers that every answer has, and those that let a page of another origin read it (https://fetch.spec.whatwg.org/).
import type { Logger } from "@deepaas/core";
import type { Context } from "koa";
import { requestIdOf, setRequestId } from "./request-call.ts";
import type { RestSettings } from "./rest-options.ts";

const exposed = "X-Request-Id, Retry-After, Location, Link, ETag, Content-Disposition, Content-Range, Accept-Ranges";

/** Before anything else is done for a request that is ours. */
export function beginAnswer(ctx: Context, { corsOrigins, logRequests, logger }: RestSettings): void {
  ctx.res.setHeader("X-Content-Type-Options", "nosniff");
  setRequestId(ctx);
  letClientsLeave(ctx, logger);
  if (corsOrigins.length > 0 && allowOrigin(ctx, corsOrigins)) ctx.set("Access-Control-Expose-Headers", exposed);
  if (logRequests) logWhenOver(ctx, logger);
}

/** Koa reports a connection that its client resets as an error of the app, by default with a stack on stderr. */
function letClientsLeave(ctx: Context, logger: Logger): void {
  const report = ctx.onerror;
  ctx.onerror = (error: NodeJS.ErrnoException) => {
    if (!isOfClient(ctx, error)) return report.call(ctx, error);
    logger.debug({ err: error, requestId: requestIdOf(ctx) }, "a client left before its answer");
  };
}

/** What breaks off an answer from our side, a file that cannot be read on, destroys the answer first, and the socket with it. */
function isOfClient({ req, res }: Context, error: NodeJS.ErrnoException | null): boolean {
  if (!error || error === res.errored) return false;
  return error.code === "ERR_STREAM_PREMATURE_CLOSE" || error === req.socket?.errored;
}

function logWhenOver(ctx: Context, logger: Logger): void {
  const startedAt = performance.now();
  const { method, path, res } = ctx;
  const requestId = requestIdOf(ctx);
  res.once("close", () => {
    const ms = Math.round(performance.now() - startedAt);
    // Without the query, which may hold what nobody should read in a log.
    logger.info({ requestId, method, path, status: res.statusCode, ms, whole: res.writableFinished }, "request");
  });
}

/** True when the page that asks is one of `origins`; the answer says so then. */
function allowOrigin(ctx: Context, origins: readonly string[]): boolean {
  const any = origins.includes("*");
  // An answer to one origin must not be kept for another.
  if (!any) ctx.vary("Origin");
  const origin = ctx.get("Origin");
  if (origin === "" || !(any || origins.includes(origin))) return false;
  ctx.set("Access-Control-Allow-Origin", any ? "*" : origin);
  return true;
}

/** For OPTIONS: what a browser asks before it sends what a plain form could not. */
export function answerPreflight(ctx: Context, methods: readonly string[]): void {
  if (ctx.get("Access-Control-Request-Method") === "" || !ctx.response.get("Access-Control-Allow-Origin")) return;
  ctx.set("Access-Control-Allow-Methods", methods.join(", "));
  const headers = ctx.get("Access-Control-Request-Headers");
  if (headers !== "") ctx.set("Access-Control-Allow-Headers", headers);
  ctx.vary("Access-Control-Request-Headers");
  ctx.set("Access-Control-Max-Age", "600");
}
