// From a request to its response, without the web framework: who may ask, who calls, the route, errors, compression and the
// access log.
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Caller, DeepaasError, hasScope, type Logger, type ScopeName } from "@deepaas/core";
import type { Route, RouteAccess } from "@deepaas/protocol";
import { type CallerOptions, callerOf, grantIn, tokenOf } from "@deepaas/protocol/node";
import { HttpError } from "../http-error.ts";
import type { RestSettings } from "../options.ts";
import { HttpRequest } from "../request/http-request.ts";
import { errorResponse } from "../response/error.ts";
import { gzipped, isCompressible } from "../response/gzip.ts";
import type { HttpResponse } from "../response/http-response.ts";
import { startResponse } from "../response/response-headers.ts";

export interface Answering {
  /** Undefined: for callers. Without the option `authenticate` everybody is one. */
  readonly access: RouteAccess | undefined;
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
  const { access, origins, logger, logRequests } = settings;
  const { requestId, responseHeaders } = startResponse(req, origins);
  const { url, refusal } = access(req, !isSafe(req.method));
  const request = new HttpRequest({ req, res, path, querystring, requestId, responseHeaders, prefix: url.prefix });
  if (logRequests) logWhenClosed(request, logger);
  if (!refusal) return { request, refusal: undefined };
  const status = refusal.code === "invalid_args" ? 400 : 403;
  return { request, refusal: new HttpError(status, refusal.message) };
}

/** Nothing of the body is read before the caller is known. Returns the response of `handle`, or the response for its error. Undefined if none can be sent any more. */
export async function answer(
  { request, refusal }: StartedRequest,
  { access, handle }: Answering,
  settings: RestSettings,
): Promise<HttpResponse | undefined> {
  const { req, res } = request;
  const { logger, gzipFromBytes, authenticate, authenticateMs } = settings;
  let response: HttpResponse;
  try {
    if (refusal) throw refusal;
    if (!authenticate || access === "open") {
      // Everybody may call.
    } else if (access === "filtered") {
      request.caller = await optionalCaller(req, { authenticate, authenticateMs });
    } else if (access === "health") {
      // A probe does not fail because of its credentials, nor because they cannot be checked.
      request.caller = await optionalCaller(req, { authenticate, authenticateMs }).catch(() => undefined);
    } else {
      const caller = callerOf(req, { authenticate, authenticateMs });
      // Hot path: no promise for an authenticator that returns none.
      request.caller = caller instanceof Promise ? await caller : caller;
      if (access !== undefined) checkScope(request.caller, access);
      if (grantIn(req.url ?? "") !== undefined) request.responseHeaders.push(...grantHeaders);
    }
    response = await handle(request);
  } catch (error) {
    response = errorResponse(request, error, logger);
    if (res.headersSent || res.destroyed || res.writableEnded) return undefined;
  }
  if (!isCompressible(response, gzipFromBytes)) return response;
  return gzipped(response, req.headers["accept-encoding"]);
}

/** Returns undefined for a client without credentials. A refused token is an error. */
async function optionalCaller(req: IncomingMessage, options: CallerOptions): Promise<Caller | undefined> {
  try {
    return await callerOf(req, options);
  } catch (error) {
    if (DeepaasError.is(error) && error.code === "unauthenticated" && tokenOf(req) === undefined) return undefined;
    throw error;
  }
}

function checkScope({ scopes = [] }: Caller, scope: ScopeName): void {
  if (hasScope(scopes, scope)) return;
  throw new DeepaasError("permission_denied", `The caller lacks the scope ${scope}.`);
}

/** What a URL with a grant returns must neither stay in a shared cache nor pass the URL on to other sites. */
const grantHeaders = ["Cache-Control", "private, no-cache", "Referrer-Policy", "no-referrer"];

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
