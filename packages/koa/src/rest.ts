import { type ModelService, rejectNoService } from "@deepaas/core";
import type { Middleware } from "koa";
import { type RestOptions, toRestSettings } from "./options.ts";
import { dispatcher } from "./routes/dispatch.ts";

/**
 * Returns a Koa middleware that serves every model of `service` over the DEEPaaS V2 API and the routes of this project.
 * Requests for other paths go on to the next middleware. Throws a TypeError for an unknown or invalid option.
 *
 * @example
 * const app = new Koa();
 * app.use(rest(host, { basePath: "/models" }));
 */
export function rest(service: ModelService, options: RestOptions = {}): Middleware {
  rejectNoService("rest", service);
  return dispatcher({ service, settings: toRestSettings(options) });
}
