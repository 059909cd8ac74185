// Dispatches Koa's requests to the routes.
import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Logger } from "@deepaas/core";
import { type RouteAccess, routeNameOf } from "@deepaas/protocol";
import { noteRestAuthenticates } from "@deepaas/protocol/node";
import Router from "@koa/router";
import type { Context, Middleware } from "koa";
import { HttpError, notFound } from "../http-error.ts";
import type { RestSettings } from "../options.ts";
import { drain } from "../request/drain.ts";
import { callOptions, type HttpRequest } from "../request/http-request.ts";
import type { HttpResponse } from "../response/http-response.ts";
import { answerPreflight } from "../response/response-headers.ts";
import { type Answering, accessOf, answer, startRequest } from "./answer.ts";
import { discoveryRoutes } from "./discovery-routes.ts";
import { documentRoutes } from "./document-routes.ts";
import { healthRoutes } from "./health-routes.ts";
import { predictRoutes } from "./predict-routes.ts";
import { pathWithOtherSlashes, redirectResponse } from "./redirect-slashes.ts";
import { checkPathParams, type RouteContext } from "./route.ts";
import { runRoutes } from "./run-routes.ts";
import { send } from "./send.ts";
import { trainRoutes } from "./train-routes.ts";
import { uiRoutes } from "./ui-routes.ts";
import { weightsRoutes } from "./weights-routes.ts";

const routeGroups = [
  predictRoutes,
  discoveryRoutes,
  documentRoutes,
  uiRoutes,
  healthRoutes,
  trainRoutes,
  runRoutes,
  weightsRoutes,
];

/** Requests for other paths go on to the next middleware, whose errors are not handled here. */
export function dispatcher(context: RouteContext): Middleware {
  const { settings, service } = context;
  const { router, accessAt } = routerFor(context);
  const dispatch = router.routes() as Middleware;
  const ownPrefix = `${settings.basePath}/v2/`;
  const handleUnmatched = async (ctx: Context, next: () => Promise<unknown>) => {
    const { path, method } = ctx;
    const redirected = pathWithOtherSlashes(router, path, method);
    if (redirected !== undefined) {
      const access = accessAt(redirected);
      return respond(ctx, settings, { access, handle: (request) => redirectResponse(request, redirected, service) });
    }
    const methods = methodsOf(router, path);
    const isOwn = `${path}/`.startsWith(ownPrefix);
    // Another middleware may serve the same path for other methods, but no path below /v2.
    if (!isOwn) await next();
    if (ctx.status !== 404 || (ctx.body !== undefined && ctx.body !== null)) return undefined;
    if (methods.length > 0) {
      // A preflight has no credentials.
      if (method === "OPTIONS")
        return respond(ctx, settings, { access: "open", handle: (request) => methodResponse(request, methods) });
      return respond(ctx, settings, {
        access: accessAt(path),
        async handle(request) {
          await checkModel(request, path.slice(settings.basePath.length), context);
          return methodResponse(request, methods);
        },
      });
    }
    if (!isOwn) return undefined;
    // For callers only: to others every path below /v2 looks the same, whether it exists or not.
    return respond(ctx, settings, {
      access: undefined,
      handle() {
        throw notFound();
      },
    });
  };
  const noteServer = settings.authenticate ? serverNote(settings.logger) : undefined;
  return (ctx, next) => {
    noteServer?.(ctx.req.socket);
    return dispatch(ctx, () => handleUnmatched(ctx, next)) as Promise<void>;
  };
}

/** A middleware learns from the first request which server it is part of. */
function serverNote(logger: Logger): (socket: Socket & { readonly server?: Server }) => void {
  let last: Server | undefined;
  return ({ server }) => {
    if (server === undefined || server === last) return;
    last = server;
    noteRestAuthenticates(server, "rest", logger);
  };
}

interface OwnRouter {
  readonly router: Router;
  /** Returns "open" if everybody may use every route at the path, else undefined: a caller is needed to learn more about the path. */
  accessAt(path: string): RouteAccess | undefined;
}

function routerFor(context: RouteContext): OwnRouter {
  const { settings } = context;
  const { basePath } = settings;
  const router = new Router({ strict: true, sensitive: true });
  const openHandlers = new Set<unknown>();
  for (const [route, handler] of routeGroups.flatMap((routes) => routes(context))) {
    const { method, path } = route;
    const access = accessOf(route);
    const operation = routeNameOf(route);
    // The root of a base path has no slash at its end, as in the Python server.
    const template = path === "/" && basePath !== "" ? basePath : basePath + path.replace(/\{(\w+)\}/g, ":$1");
    const paths = path.endsWith("/{id}") ? [template, `${template}/`] : [template];
    const handle = (ctx: Context) =>
      respond(ctx, settings, {
        access,
        operation,
        handle(request) {
          const params = checkPathParams(ctx.params as Record<string, string>, method);
          if (params.model !== "") request.askedModel = params.model;
          if (params.id !== "") request.runId = params.id;
          return handler(request, params);
        },
      });
    if (access === "open" || access === "health" || access === "filtered") openHandlers.add(handle);
    router.register(paths, method === "GET" ? ["HEAD", "GET"] : [method], handle);
  }
  const isOpen = ({ stack }: Router["stack"][number]) => stack.some((handler) => openHandlers.has(handler));
  return { router, accessAt: (path) => (router.match(path, "GET").path.every(isOpen) ? "open" : undefined) };
}

/** Runs `handle` and sends its response, or the response for its error. */
export async function respond(ctx: Context, settings: RestSettings, answering: Answering): Promise<void> {
  const { req, res, path, querystring } = ctx;
  const started = startRequest({ req, res, path, querystring }, settings);
  const { requestId, responseHeaders } = started.request;
  ctx.state.requestId = requestId;
  ignoreClientErrors(ctx, settings.logger);
  const response = await answer(started, answering, settings);
  if (!response) return;
  send(ctx, response, responseHeaders);
  const closing = !res.shouldKeepAlive;
  const drained = drain(req, { closing });
  if (closing) await drained;
}

const reportError = Symbol("reportError");
const debugLogger = Symbol("debugLogger");
type OwnContext = Context & { [reportError]?: Context["onerror"]; [debugLogger]?: Logger };

/** Koa reports a connection reset by the client as an error of the app, by default with a stack trace on stderr. */
function ignoreClientErrors(ctx: OwnContext, logger: Logger): void {
  ctx[reportError] = ctx.onerror;
  ctx[debugLogger] = logger;
  ctx.onerror = onError;
}

/** One function for all requests: Koa listens with it to each socket, and a closure for each request would be kept with it. */
function onError(this: OwnContext, error: NodeJS.ErrnoException): void {
  if (!isClientError(this, error)) {
    this[reportError]?.call(this, error);
    return;
  }
  this[debugLogger]?.debug({ err: error, requestId: this.state.requestId }, "client disconnected before its response");
}

/** An error on this side, such as a file that cannot be read further, destroys the response first and then the socket. */
function isClientError({ req, res }: Context, error: NodeJS.ErrnoException | null): boolean {
  if (!error || error === res.errored) return false;
  return error.code === "ERR_STREAM_PREMATURE_CLOSE" || error === req.socket?.errored;
}

function methodsOf(router: Router, path: string): string[] {
  const methods = router.match(path, "GET").path.flatMap((layer) => layer.methods);
  return methods.length === 0 ? [] : [...new Set([...methods, "OPTIONS"])].sort();
}

/** Rejects `not_found` for a path of a model that is not served: no method is allowed there. */
async function checkModel(request: HttpRequest, path: string, { service }: RouteContext): Promise<void> {
  const [, name] = /^\/v2\/models\/([^/]+)(?:\/|$)/.exec(path) ?? [];
  if (name === undefined) return;
  await service.describe(checkPathParams({ model: decoded(name) }, "GET").model, callOptions(request));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function methodResponse({ req, method, responseHeaders }: HttpRequest, methods: readonly string[]): HttpResponse {
  const headers = { Allow: methods.join(",") };
  if (method !== "OPTIONS") throw new HttpError(405, "Method Not Allowed", { headers });
  answerPreflight(req, responseHeaders, methods);
  return { status: 204, headers };
}
