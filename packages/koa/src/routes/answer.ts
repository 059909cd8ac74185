// From a request to its response, without the web framework: who may ask, the route, errors, compression and the access log.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "@deepaas/core";
import { HttpError } from "../http-error.ts";
import type { RestSettings } from "../options.ts";
import { HttpRequest } from "../request/http-request.ts";
import { errorResponse } from "../response/error.ts";
import { gzipped, isCompressible } from "../response/gzip.ts";
import type { HttpResponse } from "../response/http-response.ts";
import { startResponse } from "../response/response-headers.ts";

export type Handle = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

export interface Asked {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Without the query. */
  readonly path: string;
  /** Without the question mark. */
  readonly querystring: string;
}

/** A request that `access` has judged. */
export interface StartedRequest {
  readonly request: HttpRequest;
  readonly refusal: HttpError | undefined;
}

export function startRequest({ req, res, path, querystring }: Asked, settings: RestSettings): StartedRequest {
  const { access, origins, logger, logRequests } = settings;
  const { requestId, responseHeaders } = startResponse(req, origins);
  const { url, refusal } = access(req, !isSafe(req.method));
  const request = new HttpRequest({ req, res, path, querystring, requestId, responseHeaders, prefix: url.prefix });
  if (logRequests) logWhenClosed(request, logger);
  if (!refusal) return { request, refusal: undefined };
  const status = refusal.code === "invalid_args" ? 400 : 403;
  return { request, refusal: new HttpError(status, refusal.message) };
}

/** Returns the response of `handle`, or the response for its error. Undefined if none can be sent any more. */
export async function answer(
  { request, refusal }: StartedRequest,
  handle: Handle,
  { logger, gzipFromBytes }: RestSettings,
): Promise<HttpResponse | undefined> {
  const { req, res } = request;
  let response: HttpResponse;
  try {
    if (refusal) throw refusal;
    response = await handle(request);
  } catch (error) {
    response = errorResponse(request, error, logger);
    if (res.headersSent || res.destroyed || res.writableEnded) return undefined;
  }
  if (!isCompressible(response, gzipFromBytes)) return response;
  return gzipped(response, req.headers["accept-encoding"]);
}

/** RFC 9110, section 9.2.1. */
function isSafe(method: string | undefined): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

/** Logs the path without its query, which may contain secrets. */
function logWhenClosed({ method, path, res, requestId }: HttpRequest, logger: Logger): void {
  const startedAt = performance.now();
  res.once("close", () => {
    const ms = Math.round(performance.now() - startedAt);
    logger.info({ requestId, method, path, status: res.statusCode, ms, whole: res.writableFinished }, "request");
  });
}
