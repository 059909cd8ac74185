import { DeepaasError, isTerminal, type Page, type Run } from "@deepaas/core";
import { runPages } from "@deepaas/core/ports";
import { routes, toV2Training, type V2Training } from "@deepaas/protocol";
import { HttpError, notFound } from "../http-error.ts";
import { acceptsOwnShapes } from "../request/accept.ts";
import { callOptions, detachedCallOptions, type HttpRequest } from "../request/http-request.ts";
import { queryNumber, queryText } from "../request/query.ts";
import { readRequestArgs } from "../request/request-args.ts";
import { type HttpResponse, ownJsonResponse, v2JsonResponse } from "../response/http-response.ts";
import type { PathParams, RouteContext, RouteEntry, RouteHandler } from "./route.ts";

/** The runs of one model, in the shapes of DEEPaaS V2. */
export function trainRoutes(context: RouteContext): readonly RouteEntry[] {
  const { service, settings } = context;
  const start: RouteHandler = async (request, { model, id }) => {
    const { trainArgs } = await service.describe(model, callOptions(request));
    const requestArgs = await readRequestArgs(request, { model, schema: trainArgs, settings });
    try {
      // Detached: a run goes on when the client disconnects.
      const options = { ...detachedCallOptions(request), ...(id !== "" && { runId: id }) };
      return trainingResponse(request, await service.train(model, requestArgs.args, options));
    } finally {
      await requestArgs.release();
    }
  };
  const entries: readonly RouteEntry[] = [
    [routes.train, start],
    [routes.trainNamed, start],
    [routes.trainings, (request, { model }) => listResponse(request, context, model)],
    [routes.training, async (request, params) => trainingResponse(request, await findRun(request, context, params))],
    [
      routes.endTraining,
      async (request, params) => {
        const run = await findRun(request, context, params);
        if (!isTerminal(run.state)) return trainingResponse(request, await cancelRun(request, context, run));
        await service.remove(run.id, callOptions(request));
        return trainingResponse(request, run);
      },
    ],
  ];
  if (settings.trainEndpoint) return entries;
  const refuse: RouteHandler = () => {
    throw new HttpError(402, "Payment Required");
  };
  return entries.map(([route]) => [route, refuse]);
}

async function findRun(request: HttpRequest, { service }: RouteContext, { model, id }: PathParams): Promise<Run> {
  await service.describe(model, callOptions(request));
  const run = await service.run(id, callOptions(request));
  if (run.model !== model) throw notFound();
  return run;
}

/** Cancels the run and waits for its end, at most `cancelWaitMs`. Returns its record. */
async function cancelRun(request: HttpRequest, { service, settings }: RouteContext, run: Run): Promise<Run> {
  const detached = detachedCallOptions(request);
  const cancelled = await service.cancel(run.id, detached);
  if (isTerminal(cancelled.state)) return cancelled;
  const signal = AbortSignal.any([AbortSignal.timeout(settings.cancelWaitMs), request.clientGoneSignal]);
  try {
    for await (const event of service.watch(run.id, { ...detached, signal, after: cancelled.lastSeq })) {
      if (isTerminal(event.type)) break;
    }
  } catch (error) {
    // A timeout, or a log that was trimmed meanwhile: the response is the record as it is now.
    if (!DeepaasError.is(error)) throw error;
  }
  return service.run(run.id, detached);
}

/** In V2 a list has every result. */
async function withResult(request: HttpRequest, { service }: RouteContext, run: Run): Promise<Run> {
  if (!run.resultOmitted) return run;
  try {
    return await service.run(run.id, callOptions(request));
  } catch (error) {
    // It was removed meanwhile.
    if (DeepaasError.is(error) && error.code === "not_found") return run;
    throw error;
  }
}

async function listResponse(request: HttpRequest, context: RouteContext, model: string): Promise<HttpResponse> {
  await context.service.describe(model, callOptions(request));
  const page = await listRuns(request, context, model);
  if (acceptsOwnShapes(request.req.headers.accept)) return ownJsonResponse(page);
  const trainings: V2Training[] = [];
  for (const run of page.items) trainings.push(toV2Training(await withResult(request, context, run)));
  const response = v2JsonResponse(trainings);
  if (page.next === null) return response;
  const link = `<${request.prefix}${request.path}?${nextQuery(request, page.next)}>; rel="next"`;
  return { ...response, headers: { ...response.headers, Link: link } };
}

/** Returns one page if the query has `limit` or `after`, else all runs of the model. */
async function listRuns(request: HttpRequest, { service }: RouteContext, model: string): Promise<Page<Run>> {
  const limit = queryNumber(request, "limit");
  const after = queryText(request, "after");
  if (limit !== undefined || after !== undefined) {
    const filter = { model, ...(limit !== undefined && { limit }), ...(after !== undefined && { after }) };
    return service.runs(filter, callOptions(request));
  }
  const pages = runPages((filter) => service.runs(filter, callOptions(request)), { model, limit: 1_000 });
  return { items: (await Array.fromAsync(pages)).flat(), next: null };
}

function nextQuery({ querystring }: HttpRequest, after: string): string {
  const query = new URLSearchParams(querystring);
  query.set("after", after);
  return query.toString();
}

function trainingResponse(request: HttpRequest, run: Run): HttpResponse {
  request.runId = run.id;
  return acceptsOwnShapes(request.req.headers.accept) ? ownJsonResponse(run) : v2JsonResponse(toV2Training(run));
}
