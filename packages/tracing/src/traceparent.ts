// W3C Trace Context, the form in which the trace context crosses processes (https://www.w3.org/TR/trace-context/).

import { isTraceparent } from "@deepaas/protocol";
import { type Context, ROOT_CONTEXT, type SpanContext, trace } from "@opentelemetry/api";

export function toTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}

/** Undefined if it is no valid `traceparent`. */
export function spanContextFrom(traceparent: string | undefined): SpanContext | undefined {
  if (!isTraceparent(traceparent)) return undefined;
  const [, traceId = "", spanId = "", flags = ""] = traceparent.split("-");
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}

/** Returns a context whose span is the one of `traceparent`, or `without` if there is none. */
export function contextFrom(traceparent: string | undefined, without: Context): Context {
  const spanContext = spanContextFrom(traceparent);
  return spanContext ? trace.setSpanContext(ROOT_CONTEXT, spanContext) : without;
}
