import {
  type GrantOptions,
  type ObjectSchema,
  type Run,
  type RunFilter,
  type RunMetricsOptions,
  type RunState,
  withoutUndefined,
} from "@deepaas/core";
import { routes } from "@deepaas/protocol";
import { callOptions, detachedCallOptions, type HttpRequest } from "../request/http-request.ts";
import { queryFlag, queryJson, queryNumber, queryText, queryTexts } from "../request/query.ts";
import { readRequestArgs } from "../request/request-args.ts";
import { fileResponse } from "../response/file.ts";
import { type HttpResponse, jsonResponse } from "../response/http-response.ts";
import type { RouteContext, RouteEntry } from "./route.ts";
import { runEventsResponse } from "./run-events.ts";

/** The runs of all models, in the shapes of this project. */
export function runRoutes(context: RouteContext): readonly RouteEntry[] {
  const { service } = context;
  return [
    [routes.runs, async (request) => jsonResponse(await service.runs(filterFrom(request), callOptions(request)))],
    [routes.run, async (request, { id }) => runResponse(request, await service.run(id, callOptions(request)))],
    [
      routes.removeRun,
      async (request, { id }) => {
        await service.remove(id, detachedCallOptions(request));
        return { status: 204 };
      },
    ],
    [
      routes.cancelRun,
      async (request, { id }) => runResponse(request, await service.cancel(id, detachedCallOptions(request))),
    ],
    [routes.runEvents, (request, { id }) => runEventsResponse(request, context, id)],
    [
      routes.runMetrics,
      async (request, { id }) =>
        jsonResponse(await service.metrics(id, { ...callOptions(request), ...metricsOptionsFrom(request) })),
    ],
    [routes.runGrants, (request, { id }) => grantResponse(request, context, id)],
    [
      routes.artifact,
      async (request, { id, name }) => {
        const file = await service.artifact(id, name, callOptions(request));
        return fileResponse(request, file, { ranges: true });
      },
    ],
  ];
}

function runResponse(request: HttpRequest, run: Run): HttpResponse {
  request.askedModel = run.model;
  return jsonResponse(run);
}

const grantArgs: ObjectSchema = {
  type: "object",
  properties: { seconds: { type: "number" } },
  required: ["seconds"],
};

async function grantResponse(
  request: HttpRequest,
  { service, settings }: RouteContext,
  id: string,
): Promise<HttpResponse> {
  const { args, release } = await readRequestArgs(request, { schema: grantArgs, settings });
  try {
    // The service checks them.
    const { seconds } = args as unknown as GrantOptions;
    const response = jsonResponse(await service.grant(id, { ...callOptions(request), seconds }));
    return { ...response, headers: { ...response.headers, "Cache-Control": "no-store" } };
  } finally {
    await release();
  }
}

function metricsOptionsFrom(request: HttpRequest): RunMetricsOptions {
  return withoutUndefined({ points: queryNumber(request, "points"), names: queryTexts(request, "name") });
}

function filterFrom(request: HttpRequest): RunFilter {
  const state = queryTexts(request, "state").flatMap((text) => text.split(","));
  return withoutUndefined({
    model: oneOrMore(queryTexts(request, "model")),
    owner: oneOrMore(queryTexts(request, "owner")),
    // The host checks the selections and the states.
    anyOf: queryJson(request, "anyOf") as RunFilter["anyOf"],
    state: state.length > 0 ? (state as RunState[]) : undefined,
    createdSince: queryText(request, "createdSince"),
    createdBefore: queryText(request, "createdBefore"),
    after: queryText(request, "after"),
    limit: queryNumber(request, "limit"),
    newestFirst: queryFlag(request, "newestFirst"),
    orderByMetric: queryText(request, "orderByMetric"),
    descending: queryFlag(request, "descending"),
  }) as RunFilter;
}

function oneOrMore(texts: readonly string[]): string | readonly string[] | undefined {
  return texts.length > 1 ? texts : texts[0];
}
