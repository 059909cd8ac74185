// From a request to its response, without the web framework: who may ask, who calls, the route, errors and compression.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Route, RouteAccess, RouteName } from "@deepaas/protocol";
import { HttpError } from "../http-error.ts";
import type { RestSettings } from "../options.ts";
import { isBodyHeld } from "../request/continue.ts";
import { HttpRequest } from "../request/http-request.ts";
import { observeRequest } from "../request/observed-request.ts";
import { errorResponse } from "../response/error.ts";
import { gzipped, isCompressible } from "../response/gzip.ts";
import type { HttpResponse } from "../response/http-response.ts";
import { startResponse } from "../response/response-headers.ts";
import { findCaller } from "./find-caller.ts";

export interface Answering {
  /** Undefined: for callers. Without the option `authenticate` everybody is one. */
  readonly access: RouteAccess | undefined;
  /** Absent if no route was found. */
  readonly operation?: RouteName | undefined;
  readonly handle: (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;
}

export const accessOf = ({ access }: Route): RouteAccess | undefined => access;

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
  const { access, origins, observing } = settings;
  const { requestId, responseHeaders } = startResponse(req, origins);
  const { url, refusal } = access(req, !isSafe(req.method));
  const request = new HttpRequest({ req, res, path, querystring, requestId, responseHeaders, prefix: url.prefix });
  if (observing) observeRequest(request, observing);
  if (!refusal) return { request, refusal: undefined };
  const status = refusal.code === "invalid_args" ? 400 : 403;
  return { request, refusal: new HttpError(status, refusal.message) };
}

/**
 * Returns the response of `handle`, or the response for its error. Undefined if none can be sent any more. Nothing of the body
 * is read before the caller is known.
 */
export async function answer(
  { request, refusal }: StartedRequest,
  { access, operation, handle }: Answering,
  settings: RestSettings,
): Promise<HttpResponse | undefined> {
  const { req, res } = request;
  const { logger, gzipFromBytes } = settings;
  request.operation = operation;
  let response: HttpResponse;
  try {
    if (refusal) throw refusal;
    const finding = findCaller(request, access, settings);
    if (finding) await finding;
    response = await handle(request);
  } catch (error) {
    response = errorResponse(request, error, logger);
    if (res.headersSent || res.destroyed || res.writableEnded) return undefined;
  }
  // Whether the client now sends its body nobody knows, so the connection cannot be used further.
  if (isBodyHeld(req)) res.shouldKeepAlive = false;
  if (!isCompressible(response, gzipFromBytes)) return response;
  return gzipped(response, req.headers["accept-encoding"]);
}

/** RFC 9110, section 9.2.1. */
function isSafe(method: string | undefined): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}
