import { metricsMediaType, routes } from "@deepaas/protocol";
import { notFound } from "../http-error.ts";
import { callOptions, detachedCallOptions } from "../request/http-request.ts";
import { jsonResponse } from "../response/http-response.ts";
import type { RouteContext, RouteEntry } from "./route.ts";

/** Liveness and readiness probes, what the service is doing, and metrics. A degraded service still answers calls: only a closing one is not ready. */
export function healthRoutes({ service, settings: { metrics } }: RouteContext): readonly RouteEntry[] {
  return [
    [routes.live, () => jsonResponse({ status: "live" })],
    [
      routes.ready,
      async (request) => {
        const { state, reasons } = await service.status(detachedCallOptions(request));
        const response = jsonResponse({ status: state, reasons });
        const headers = { ...response.headers, "Cache-Control": "no-store" };
        if (state !== "closing") return { ...response, headers };
        return { ...response, status: 503, headers: { ...headers, "Retry-After": "1" } };
      },
    ],
    [
      routes.stats,
      async (request) => {
        const response = jsonResponse(await service.stats(callOptions(request)));
        return { ...response, headers: { ...response.headers, "Cache-Control": "no-store" } };
      },
    ],
    [
      routes.metrics,
      async () => {
        if (!metrics) throw notFound();
        const headers = { "Content-Type": metricsMediaType, "Cache-Control": "no-store" };
        return { headers, body: await metrics() };
      },
    ],
  ];
}
