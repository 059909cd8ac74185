import { routes } from "@deepaas/protocol";
import { callOptions, detachedCallOptions } from "../request/http-request.ts";
import { numberFrom } from "../request/query.ts";
import { jsonResponse } from "../response/http-response.ts";
import type { RouteContext, RouteEntry } from "./route.ts";

/** The versions of a model's weights, in the shapes of this project. */
export function weightsRoutes({ service }: RouteContext): readonly RouteEntry[] {
  return [
    [routes.weights, async (request, { model }) => jsonResponse(await service.versions(model, callOptions(request)))],
    [
      routes.serveWeights,
      async (request, { model, version }) => {
        const number = numberFrom(version, "version");
        return jsonResponse(await service.serveVersion(model, number, detachedCallOptions(request)));
      },
    ],
    [
      routes.removeWeights,
      async (request, { model, version }) => {
        await service.removeVersion(model, numberFrom(version, "version"), detachedCallOptions(request));
        return { status: 204 };
      },
    ],
  ];
}
