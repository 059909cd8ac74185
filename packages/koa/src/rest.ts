// The REST door as a Koa middleware.
import type { ModelService } from "@deepaas/core";
import Router from "@koa/router";
import type { Context, Middleware, Next } from "koa";
import { answerPreflight, beginAnswer } from "./answer-head.ts";
import { discoveryRoutes } from "./discovery-routes.ts";
import { documentRoutes } from "./document-routes.ts";
import { type Door, type Entry, soundSteps } from "./door.ts";
import { drain } from "./drain.ts";
import { gzipAnswer } from "./gzip-answer.ts";
import { healthRoutes } from "./health-routes.ts";
import { HttpFault } from "./http-fault.ts";
import { predictRoutes } from "./predict-routes.ts";
import { redirectSlashes } from "./redirect-slashes.ts";
import { type RestOptions, type RestSettings, toRestSettings } from "./rest-options.ts";
import { runRoutes } from "./run-routes.ts";
import { trainRoutes } from "./train-routes.ts";
import { writeError } from "./write-error.ts";

/**
 * Serves every model of `service` over the DEEPaaS V2 API, with our own routes beside it. Mount it in any Koa app; requests
 * for other paths go on to the next middleware. Throws a TypeError for an unknown or unsound option.
 */
export function rest(service: ModelService, options: RestOptions = {}): Middleware {
  const settings = toRestSettings(options);
  const door: Door = { service, settings };
  const entries = [discoveryRoutes, documentRoutes, healthRoutes, predictRoutes, trainRoutes, runRoutes];
  const router = routerFor(
    door,
    entries.flatMap((routes) => routes(door)),
  );
  // A router tries every pattern on every path: predict, whose path nothing else has, is tried alone before all.
  const dispatchPredict = routerFor(door, predictRoutes(door)).routes() as Middleware;
  const dispatch = router.routes() as Middleware;
  const { gzipFromBytes } = settings;
  const owned = `${settings.basePath}/v2/`;
  const answerUnmatched = async (ctx: Context, next: () => Promise<void>) => {
    if (await redirectSlashes(ctx, router, door)) return;
    const methods = methodsOf(router, ctx.path);
    const ours = `${ctx.path}/`.startsWith(owned);
    // Another middleware may have the same path for other methods, but nothing else lives below /v2.
    if (!ours) await next();
    if (ctx.status !== 404 || (ctx.body !== undefined && ctx.body !== null)) return;
    if (methods.length > 0) answerMethod(ctx, methods, settings);
    else if (ours) throw new HttpFault(404, "Not Found");
  };
  return async (ctx, next) => {
    let foreign: unknown;
    const onwards = async () => {
      try {
        await next();
      } catch (error) {
        foreign = error;
        throw error;
      }
    };
    try {
      await dispatchPredict(ctx, () => dispatch(ctx, () => answerUnmatched(ctx, onwards)) as Promise<void>);
    } catch (error) {
      // Not ours to answer.
      if (foreign !== undefined && foreign === error) throw error;
      if (ctx.state.requestId === undefined) beginAnswer(ctx, settings);
      writeError(ctx, error, settings.logger);
    }
    if (ctx.state.requestId === undefined) return;
    const { body } = ctx;
    if (gzipFromBytes > 0 && typeof body === "string" && body.length >= gzipFromBytes) await gzipAnswer(ctx);
    const closing = !ctx.res.shouldKeepAlive;
    const drained = drain(ctx.req, { closing });
    if (closing) await drained;
  };
}

function routerFor({ settings }: Door, entries: readonly Entry[]): Router {
  const { basePath } = settings;
  const router = new Router({ strict: true, sensitive: true });
  for (const [{ method, path }, handle] of entries) {
    // The root of a base path has no slash at its end, as in the original.
    const template = path === "/" && basePath !== "" ? basePath : basePath + path.replace(/\{(\w+)\}/g, ":$1");
    const paths = path.endsWith("/{id}") ? [template, `${template}/`] : [template];
    router.register(paths, method === "GET" ? ["HEAD", "GET"] : [method], async (ctx: Context, _next: Next) => {
      beginAnswer(ctx, settings);
      await handle(ctx, soundSteps(ctx.params as Record<string, string>, method));
    });
  }
  return router;
}

function methodsOf(router: Router, path: string): string[] {
  const methods = router.match(path, "GET").path.flatMap((layer) => layer.methods);
  return methods.length === 0 ? [] : [...new Set([...methods, "OPTIONS"])].sort();
}

function answerMethod(ctx: Context, methods: readonly string[], settings: RestSettings): void {
  const headers = { Allow: methods.join(",") };
  if (ctx.method !== "OPTIONS") throw new HttpFault(405, "Method Not Allowed", { headers });
  beginAnswer(ctx, settings);
  answerPreflight(ctx, methods);
  ctx.set(headers);
  ctx.status = 204;
}
