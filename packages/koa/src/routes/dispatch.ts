// Dispatches Koa's requests to the routes.
import type { Logger, ModelService } from "@deepaas/core";
import Router from "@koa/router";
import type { Context, Middleware } from "koa";
import { HttpError, notFound } from "../http-error.ts";
import type { RestSettings } from "../options.ts";
import { drain } from "../request/drain.ts";
import { HttpRequest } from "../request/http-request.ts";
import { errorResponse } from "../response/error.ts";
import { gzipped, isCompressible } from "../response/gzip.ts";
import type { HttpResponse } from "../response/http-response.ts";
import { answerPreflight, startResponse } from "../response/response-headers.ts";
import { discoveryRoutes } from "./discovery-routes.ts";
import { documentRoutes } from "./document-routes.ts";
import { healthRoutes } from "./health-routes.ts";
import { predictRoutes } from "./predict-routes.ts";
import { pathWithOtherSlashes, redirectResponse } from "./redirect-slashes.ts";
import { checkPathParams, type RouteContext } from "./route.ts";
import { runRoutes } from "./run-routes.ts";
import { send } from "./send.ts";
import { trainRoutes } from "./train-routes.ts";
import { weightsRoutes } from "./weights-routes.ts";

type Handle = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

const routeGroups = [
  predictRoutes,
  discoveryRoutes,
  documentRoutes,
  healthRoutes,
  trainRoutes,
  runRoutes,
  weightsRoutes,
];

/** Requests for other paths go on to the next middleware, whose errors are not handled here. */
export function dispatcher(context: RouteContext): Middleware {
  const { settings, service } = context;
  const router = routerFor(context);
  const dispatch = router.routes() as Middleware;
  const ownPrefix = `${settings.basePath}/v2/`;
  const handleUnmatched = async (ctx: Context, next: () => Promise<unknown>) => {
    const { path, method } = ctx;
    const redirected = pathWithOtherSlashes(router, path, method);
    if (redirected !== undefined) {
      return respond(ctx, settings, (request) => redirectResponse(request, redirected, service));
    }
    const methods = methodsOf(router, path);
    const isOwn = `${path}/`.startsWith(ownPrefix);
    // Another middleware may serve the same path for other methods, but no path below /v2.
    if (!isOwn) await next();
    if (ctx.status !== 404 || (ctx.body !== undefined && ctx.body !== null)) return undefined;
    if (methods.length > 0) {
      return respond(ctx, settings, async (request) => {
        if (method !== "OPTIONS") await checkModel(path.slice(settings.basePath.length), service);
        return methodResponse(request, methods);
      });
    }
    if (!isOwn) return undefined;
    return respond(ctx, settings, () => {
      throw notFound();
    });
  };
  return (ctx, next) => dispatch(ctx, () => handleUnmatched(ctx, next)) as Promise<void>;
}

function routerFor(context: RouteContext): Router {
  const { settings } = context;
  const { basePath } = settings;
  const router = new Router({ strict: true, sensitive: true });
  for (const [{ method, path }, handler] of routeGroups.flatMap((routes) => routes(context))) {
    // The root of a base path has no slash at its end, as in the Python server.
    const template = path === "/" && basePath !== "" ? basePath : basePath + path.replace(/\{(\w+)\}/g, ":$1");
    const paths = path.endsWith("/{id}") ? [template, `${template}/`] : [template];
    router.register(paths, method === "GET" ? ["HEAD", "GET"] : [method], (ctx: Context) =>
      respond(ctx, settings, (request) =>
        handler(request, checkPathParams(ctx.params as Record<string, string>, method)),
      ),
    );
  }
  return router;
}

/** Runs `handle` and sends its response, or the response for its error. */
async function respond(ctx: Context, settings: RestSettings, handle: Handle): Promise<void> {
  const { req, res, path, querystring } = ctx;
  const { access, origins, logger, logRequests, gzipFromBytes } = settings;
  const requestId = startResponse(req, res, origins);
  const { url, refusal } = access(req, !isSafe(ctx.method));
  const request = new HttpRequest({ req, res, path, querystring, requestId, prefix: url.prefix });
  ctx.state.requestId = requestId;
  ignoreClientErrors(ctx, requestId, logger);
  if (logRequests) logWhenClosed(request, logger);
  let response: HttpResponse;
  try {
    if (refusal) throw new HttpError(refusal.code === "invalid_args" ? 400 : 403, refusal.message);
    response = await handle(request);
  } catch (error) {
    response = errorResponse(request, error, logger);
    if (res.headersSent || !ctx.writable) return;
  }
  if (isCompressible(response, gzipFromBytes)) response = await gzipped(response, req.headers["accept-encoding"]);
  send(ctx, response);
  const closing = !res.shouldKeepAlive;
  const drained = drain(req, { closing });
  if (closing) await drained;
}

/** RFC 9110, section 9.2.1. */
function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

/** Koa reports a connection reset by the client as an error of the app, by default with a stack trace on stderr. */
function ignoreClientErrors(ctx: Context, requestId: string, logger: Logger): void {
  const report = ctx.onerror;
  ctx.onerror = (error: NodeJS.ErrnoException) => {
    if (!isClientError(ctx, error)) return report.call(ctx, error);
    logger.debug({ err: error, requestId }, "client disconnected before its response");
  };
}

/** An error on this side, such as a file that cannot be read further, destroys the response first and then the socket. */
function isClientError({ req, res }: Context, error: NodeJS.ErrnoException | null): boolean {
  if (!error || error === res.errored) return false;
  return error.code === "ERR_STREAM_PREMATURE_CLOSE" || error === req.socket?.errored;
}

/** Logs the path without its query, which may contain secrets. */
function logWhenClosed({ method, path, res, requestId }: HttpRequest, logger: Logger): void {
  const startedAt = performance.now();
  res.once("close", () => {
    const ms = Math.round(performance.now() - startedAt);
    logger.info({ requestId, method, path, status: res.statusCode, ms, whole: res.writableFinished }, "request");
  });
}

function methodsOf(router: Router, path: string): string[] {
  const methods = router.match(path, "GET").path.flatMap((layer) => layer.methods);
  return methods.length === 0 ? [] : [...new Set([...methods, "OPTIONS"])].sort();
}

/** Rejects `not_found` for a path of a model that is not served: no method is allowed there. */
async function checkModel(path: string, service: ModelService): Promise<void> {
  const [, name] = /^\/v2\/models\/([^/]+)(?:\/|$)/.exec(path) ?? [];
  if (name !== undefined) await service.describe(checkPathParams({ model: decoded(name) }, "GET").model as string);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function methodResponse({ req, res, method }: HttpRequest, methods: readonly string[]): HttpResponse {
  const headers = { Allow: methods.join(",") };
  if (method !== "OPTIONS") throw new HttpError(405, "Method Not Allowed", { headers });
  answerPreflight(req, res, methods);
  return { status: 204, headers };
}
