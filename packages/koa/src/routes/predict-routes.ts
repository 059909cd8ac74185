import { type CallOptions, DeepaasError, isModelFile, type JsonValue, type ModelDescription } from "@deepaas/core";
import {
  type ReadArgs,
  routes,
  toV2Prediction,
  weightsVersionHeader,
  weightsVersionPreference,
} from "@deepaas/protocol";
import { HttpError } from "../http-error.ts";
import { acceptsEventStream, acceptsJson, acceptsOwnShapes, isSpecific, negotiate } from "../request/accept.ts";
import { callOptions, type HttpRequest } from "../request/http-request.ts";
import { type RequestArgs, readRequestArgs } from "../request/request-args.ts";
import { predictStreamResponse, type StreamPart } from "../response/event-stream.ts";
import { fileResponse } from "../response/file.ts";
import { type HttpResponse, ownJsonResponse, v2JsonResponse } from "../response/http-response.ts";
import type { PathParams, RouteContext, RouteEntry } from "./route.ts";

export function predictRoutes(context: RouteContext): readonly RouteEntry[] {
  return [[routes.predict, predictHandler(context)]];
}

export type PredictHandler = (request: HttpRequest, params: Pick<PathParams, "model">) => Promise<HttpResponse>;

/** The route of predicts. It does not know Koa: see direct-predicts.ts. */
export function predictHandler(context: RouteContext): PredictHandler {
  const { service, settings } = context;
  return async (request, { model }) => {
    if (!settings.predictEndpoint) throw new HttpError(402, "Payment Required");
    const call = predictOptions(request);
    const description = await service.describe(model, call);
    const requestArgs = await readRequestArgs(request, { model, schema: description.predictArgs, settings });
    try {
      return await predict(request, { context, model, description, requestArgs, call });
    } finally {
      await requestArgs.release();
    }
  };
}

/** Sends the version of the weights also with the error of a call that the model has answered. */
function predictOptions(request: HttpRequest): PredictOptions {
  const { responseHeaders } = request;
  const onVersion = (version: number) => {
    if (!responseHeaders.includes(weightsVersionHeader)) responseHeaders.push(weightsVersionHeader, String(version));
  };
  return Object.assign(callOptions(request), { onVersion });
}

type PredictOptions = CallOptions & Required<Pick<CallOptions, "onVersion">>;

interface Prediction {
  readonly context: RouteContext;
  readonly model: string;
  readonly description: ModelDescription;
  readonly requestArgs: RequestArgs;
  readonly call: PredictOptions;
}

async function predict(request: HttpRequest, prediction: Prediction): Promise<HttpResponse> {
  const { context, model, description, requestArgs, call } = prediction;
  const { service, settings } = context;
  const { args } = requestArgs;
  const { accept } = request.req.headers;
  // A client that accepts only event streams gets `not_implemented` from a model without `predictStream`.
  if (acceptsEventStream(accept) && (description.has.predictStream || !acceptsJson(accept))) {
    requestArgs.releaseAfterResponse();
    return predictStreamResponse(request, versionedStream(request, prediction), settings);
  }
  negotiateMediaType(request, description, args);
  const value = await service.predict(model, args, call);
  if (!isModelFile(value)) return valueResponse(request, value, prediction);
  // As in the Python server: a JSON result must match the schema.
  if (description.response !== null && value.contentType === "application/json") {
    throw new DeepaasError("invalid_response", "The model returned bytes, but its schema requires JSON.");
  }
  // The model may return a file that was uploaded with the call.
  requestArgs.releaseAfterResponse();
  return { ...(await fileResponse(request, value)), vary: ["Accept"] };
}

/** Begins with the version if the client prefers that: its first item may come after the headers. */
async function* versionedStream(request: HttpRequest, prediction: Prediction): AsyncGenerator<StreamPart> {
  const { context, model, requestArgs, call } = prediction;
  const isPreferred = request.header("prefer").includes(weightsVersionPreference);
  let version: number | undefined;
  const onVersion = (answered: number) => {
    version = answered;
    call.onVersion(answered);
  };
  for await (const item of context.service.predictStream(model, requestArgs.args, { ...call, onVersion })) {
    if (isPreferred && version !== undefined) yield { version };
    version = undefined;
    yield { item };
  }
}

/**
 * Sets the argument `accept`, if the model declares it and the client did not pass it: to the first media type of the model
 * that the client accepts. Throws 406 if there is none.
 */
function negotiateMediaType(request: HttpRequest, { predictArgs }: ModelDescription, args: ReadArgs): void {
  const { accept: field } = predictArgs.properties;
  const choices = field?.enum;
  if (!field || !Array.isArray(choices)) return;
  const { accept } = request.req.headers;
  const isPassed = args.accept !== undefined && field.location !== "headers";
  if (isPassed || acceptsOwnShapes(accept)) return;
  delete args.accept;
  if (!isSpecific(accept)) {
    // As in the Python server: the model chooses for a client that accepts anything.
    if (field.location === "headers" && request.header("accept") !== "") args.accept = "*/*";
    return;
  }
  const offered = (choices as JsonValue[]).filter((one): one is string => typeof one === "string" && one !== "*/*");
  const chosen = negotiate(accept, offered);
  if (chosen === undefined) throw new HttpError(406, `The model answers ${offered.join(", ")}`);
  args.accept = chosen;
}

function valueResponse(request: HttpRequest, value: JsonValue, { description, requestArgs, context }: Prediction) {
  const { args } = requestArgs;
  const accept = typeof args.accept === "string" && description.predictArgs.properties.accept ? args.accept : undefined;
  if (accept !== undefined && accept !== "*/*" && accept !== "application/json" && !accept.endsWith("+json")) {
    // As in the Python server: null is an empty body, and any other JSON value is a fault of the model.
    if (value !== null)
      throw new DeepaasError("invalid_response", `The model returned JSON, but the client requested ${accept}.`);
    return { headers: { "Content-Type": accept }, vary: ["Accept"], body: Buffer.alloc(0) };
  }
  if (acceptsOwnShapes(request.req.headers.accept)) return ownJsonResponse(value);
  return v2JsonResponse(toV2Prediction(value, description, { rawPredictions: context.settings.rawPredictions }));
}
