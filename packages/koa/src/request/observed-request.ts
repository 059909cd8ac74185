// Tells the observers of a request, from its arrival to the end of its response.
import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { AdapterObserver, Observed, RequestEnd } from "@deepaas/core/ports";
import { httpStatusOf, type Route, routes, ServedModels, withoutTokens } from "@deepaas/protocol";
import { errorCodeOf } from "../http-error.ts";
import type { HttpRequest } from "./http-request.ts";

export interface Observing {
  readonly begin: NonNullable<AdapterObserver["request"]>;
  readonly models: ServedModels;
  /** Connections with a request whose response is not closed. */
  readonly busy: WeakSet<Duplex>;
}

export function observingOf(observer: AdapterObserver | undefined): Observing | undefined {
  if (!observer?.request) return undefined;
  return { begin: observer.request, models: new ServedModels(), busy: new WeakSet() };
}

/** Hot path with an observer: one listener for each request. */
export function observeRequest(request: HttpRequest, observing: Observing): void {
  const { req, res, requestId, traceparent, method, path } = request;
  const observed = observing.begin({ adapter: "rest", requestId, traceparent, method, path: withoutTokens(path) });
  if (observed?.traceparent !== undefined) request.traceparent = observed.traceparent;
  const { socket } = req;
  observing.busy.add(socket);
  res.once("close", () => {
    observing.busy.delete(socket);
    observed?.end?.(endOf(request, observing.models));
  });
}

function endOf(request: HttpRequest, models: ServedModels): RequestEnd {
  const { res, operation, askedModel, runId, caller, errorCode, errorContext } = request;
  const complete = res.writableFinished;
  const isLost = !complete && errorCode === undefined;
  const own = isLost ? (hasFailed(res) ? "internal" : "cancelled") : errorCode;
  // A client that leaves before the headers gets no status.
  const status = res.headersSent ? res.statusCode : httpStatusOf({ code: own ?? "cancelled", message: "" });
  const error = own ?? (status >= 400 ? errorCodeOf(status) : undefined);
  const route: Route | undefined = operation && routes[operation];
  // Without a schema the request was refused before its model was found.
  const seam = errorContext.schema ? route?.seam : undefined;
  const model = models.nameOf(askedModel, seam, error);
  const shownRun = runId === undefined ? undefined : withoutTokens(runId);
  return { operation, model, runId: shownRun, caller: caller?.id, status, error, complete };
}

/** Node.js destroys a response with ECONNRESET when its client disconnects. */
function hasFailed({ errored }: ServerResponse): boolean {
  return errored ? (errored as NodeJS.ErrnoException).code !== "ECONNRESET" : false;
}

/** For a request that Node.js cannot parse. One that is read already ends by itself when its connection is closed. */
export function observeUnparsed(socket: Duplex, status: number, { begin, busy }: Observing): void {
  if (busy.has(socket)) return;
  const observed: Observed<RequestEnd> | undefined = begin({
    adapter: "rest",
    requestId: randomUUID(),
    traceparent: undefined,
    method: undefined,
    path: undefined,
  });
  observed?.end?.({
    operation: undefined,
    model: undefined,
    runId: undefined,
    caller: undefined,
    status,
    error: errorCodeOf(status),
    complete: true,
  });
}
