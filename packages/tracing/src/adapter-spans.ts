// One server span for each request and RPC call, by OpenTelemetry's semantic conventions for HTTP and JSON-RPC
// (https://opentelemetry.io/docs/specs/semconv/).
import type { AdapterObserver, ObservedRequest, RequestEnd } from "@deepaas/core/ports";
import { type Route, type RouteName, routes } from "@deepaas/protocol";
import { rpcPath } from "@deepaas/protocol/rpc";
import {
  type Attributes,
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { observedBy, startSpanIn } from "./spans.ts";
import { contextFrom } from "./traceparent.ts";

export const adapterSpans: AdapterObserver = {
  request(request) {
    const { method } = request;
    const options = { kind: SpanKind.SERVER, attributes: attributesOf(request) };
    const span = startSpanIn(parentOf(request), method ?? "jsonrpc", options);
    return observedBy<RequestEnd>(span, method === undefined ? endCall : (one, end) => endRequest(one, end, method));
  },
};

function parentOf({ method, traceparent }: ObservedRequest): Context {
  const active = context.active();
  // Of an instrumentation of the HTTP server, whose span has the client's as its parent. A message on a socket has none.
  return method !== undefined && trace.getSpan(active) ? active : contextFrom(traceparent, ROOT_CONTEXT);
}

function attributesOf({ requestId, method, path }: ObservedRequest): Attributes {
  const common = { "deepaas.request.id": requestId };
  if (method === undefined) return { ...common, "rpc.system.name": "jsonrpc", "jsonrpc.protocol.version": "2.0" };
  return { ...common, "http.request.method": method, ...(path !== undefined && { "url.path": path }) };
}

function endRequest(span: Span, end: RequestEnd, method: string): void {
  const path = pathOf(end.operation);
  if (path !== undefined) {
    span.updateName(`${method} ${path}`);
    span.setAttribute("http.route", path);
  }
  span.setAttribute("http.response.status_code", end.status);
  endServerSpan(span, end);
}

/** A name of the table, so that a client cannot make new ones. */
function endCall(span: Span, end: RequestEnd): void {
  const { operation = "_OTHER" } = end;
  if (end.operation !== undefined) span.updateName(operation);
  span.setAttribute("rpc.method", operation);
  endServerSpan(span, end);
}

/** A client's mistake is no error of the server's span. */
function endServerSpan(span: Span, { model, runId, error, status, complete }: RequestEnd): void {
  if (model !== undefined) span.setAttribute("deepaas.model", model);
  if (runId !== undefined) span.setAttribute("deepaas.run.id", runId);
  if (!complete) span.setAttribute("deepaas.response.complete", false);
  if (error !== undefined) span.setAttribute("error.type", error);
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
}

function pathOf(operation: string | undefined): string | undefined {
  if (operation === "connect") return rpcPath;
  const route: Route | undefined = routes[operation as RouteName];
  return route?.path;
}
