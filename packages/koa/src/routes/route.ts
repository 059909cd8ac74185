// What a route is, and what every route has at hand.
import { invalidArgs, isName, type ModelService, nameRules } from "@deepaas/core";
import type { Route } from "@deepaas/protocol";
import { notFound } from "../http-error.ts";
import type { RestSettings } from "../options.ts";
import type { HttpRequest } from "../request/http-request.ts";
import type { HttpResponse } from "../response/http-response.ts";

export interface RouteContext {
  readonly service: ModelService;
  readonly settings: RestSettings;
}

/** The parameters that the template of the route names; "" for the others. */
export interface PathParams {
  readonly model: string;
  readonly id: string;
  readonly name: string;
  /** Not checked: the handler says what is wrong with it. */
  readonly version: string;
}

export type RouteHandler = (request: HttpRequest, params: PathParams) => HttpResponse | Promise<HttpResponse>;

export type RouteEntry = readonly [Route, RouteHandler];

const kinds = [
  ["model", "model"],
  ["id", "run"],
  ["name", "artifact"],
] as const satisfies readonly (readonly [keyof PathParams, Parameters<typeof isName>[0]])[];

/** Throws 404 for a parameter that is not a name, so that no handler sees a slash, a NUL or a broken escape. */
export function checkPathParams(params: Readonly<Record<string, string>>, method: string): PathParams {
  for (const [param, kind] of kinds) {
    const value = params[param];
    if (value === undefined || isName(kind, value)) continue;
    // A client that chooses the id gets the reason.
    if (method === "PUT" && param === "id") throw invalidArgs("/id", "pattern", `Must be ${nameRules.run}`);
    throw notFound();
  }
  return { model: params.model ?? "", id: params.id ?? "", name: params.name ?? "", version: params.version ?? "" };
}
