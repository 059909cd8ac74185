// Slashes as in the Python server (aiohttp's normalize_path_middleware): doubled slashes are merged, and a missing slash at
// the end is added. None is removed.
import { DeepaasError, type ModelService } from "@deepaas/core";
import type Router from "@koa/router";
import { notFound } from "../http-error.ts";
import { callOptions, type HttpRequest } from "../request/http-request.ts";
import { type HttpResponse, textResponse } from "../response/http-response.ts";

/** Returns the path with other slashes that is a route for this method, or undefined if there is none. */
export function pathWithOtherSlashes(router: Router, path: string, method: string): string | undefined {
  const merged = path.replace(/\/{2,}/g, "/");
  const found = [merged, `${path}/`, `${merged}/`].find((one) => one !== path && router.match(one, method).route);
  // Two slashes at the start would redirect the client to another host.
  return found?.startsWith("//") ? undefined : found;
}

/** Throws 404 if the path names a model that is not served. */
export async function redirectResponse(
  request: HttpRequest,
  path: string,
  service: ModelService,
): Promise<HttpResponse> {
  const [, model] = /\/v2\/models\/([^/]+)\//.exec(path) ?? [];
  if (model !== undefined && !(await isServed(request, model, service))) throw notFound();
  const search = request.querystring === "" ? "" : `?${request.querystring}`;
  const response = textResponse(308, "308: Permanent Redirect");
  return { ...response, headers: { ...response.headers, Location: request.prefix + path + search } };
}

/** On any other error assume that the model is served, so that the route reports the error. */
async function isServed(request: HttpRequest, model: string, service: ModelService): Promise<boolean> {
  try {
    await service.describe(model, callOptions(request));
  } catch (error) {
    return !(DeepaasError.is(error) && error.code === "not_found");
  }
  return true;
}
