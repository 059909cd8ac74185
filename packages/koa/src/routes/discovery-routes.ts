import { routes, toV2Metadata, toV2Version, toV2Versions } from "@deepaas/protocol";
import { acceptsOwnShapes, prefersHtml } from "../request/accept.ts";
import { callOptions } from "../request/http-request.ts";
import { jsonResponse, ownJsonResponse, textResponse, v2JsonResponse } from "../response/http-response.ts";
import type { RouteContext, RouteEntry } from "./route.ts";
import { redirect } from "./ui-routes.ts";

/** The versions of the API, the models and their schemas. */
export function discoveryRoutes({ service, settings }: RouteContext): readonly RouteEntry[] {
  const { basePath, docEndpoint, debugOutput, ui } = settings;
  return [
    [
      routes.versions,
      ({ req, prefix }) => {
        const versions = jsonResponse(toV2Versions(prefix + basePath, { help: docEndpoint }));
        if (!ui) return versions;
        const response = prefersHtml(req.headers.accept) ? redirect(prefix + basePath + routes.uiPage.path) : versions;
        return { ...response, vary: ["Accept"] };
      },
    ],
    [routes.version, ({ prefix }) => jsonResponse(toV2Version(prefix + basePath))],
    [
      routes.models,
      async (request) => {
        const models = await service.models(callOptions(request));
        if (acceptsOwnShapes(request.req.headers.accept)) return ownJsonResponse(models);
        return v2JsonResponse({ models: models.map((one) => toV2Metadata(one, request.prefix + basePath)) });
      },
    ],
    [
      routes.model,
      async (request, { model }) => {
        const { metadata } = await service.describe(model, callOptions(request));
        if (acceptsOwnShapes(request.req.headers.accept)) return ownJsonResponse(metadata);
        return v2JsonResponse(toV2Metadata(metadata, request.prefix + basePath));
      },
    ],
    [routes.schema, async (request, { model }) => jsonResponse(await service.describe(model, callOptions(request)))],
    [routes.debug, async () => (debugOutput ? textResponse(200, await debugOutput()) : { status: 204 })],
  ];
}
