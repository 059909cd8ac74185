// Begins spans with the tracer of the SDK that is registered, and ends them.
import type { Observed } from "@deepaas/core/ports";
import {
  type Attributes,
  type Context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";
import { contextFrom, toTraceparent } from "./traceparent.ts";

let provider: TracerProvider | undefined;
let tracer: Tracer;

function currentTracer(): Tracer {
  const current = trace.getTracerProvider();
  if (current !== provider) {
    provider = current;
    tracer = current.getTracer("@deepaas/tracing");
  }
  return tracer;
}

export interface SpanStart extends SpanOptions {
  readonly name: string;
  readonly attributes: Attributes;
  /** The span to be a child of. */
  readonly traceparent: string | undefined;
}

/** `without`: where the span belongs if it has no `traceparent`. Default: to no other span, it begins a trace. */
export function startSpan({ name, traceparent, ...options }: SpanStart, without: Context = ROOT_CONTEXT): Span {
  return startSpanIn(contextFrom(traceparent, without), name, options);
}

export function startSpanIn(parent: Context, name: string, options: SpanOptions): Span {
  return currentTracer().startSpan(name, options, parent);
}

/** What a hook returns for its span. `onEnd` completes the span before it ends; it is not called if the span is not recorded. */
export function observedBy<End>(span: Span, onEnd: (span: Span, end: End) => void): Observed<End> | undefined {
  const spanContext = span.spanContext();
  // Also of a span that is not recorded: it says that what is within it is not to be recorded either.
  const traceparent = isSpanContextValid(spanContext) ? toTraceparent(spanContext) : undefined;
  if (!span.isRecording()) return traceparent === undefined ? undefined : { traceparent };
  return {
    traceparent,
    end(end) {
      onEnd(span, end);
      span.end();
    },
  };
}

/** `error`: the code of the error, never its text, which may be a user's. */
export function endWithError(span: Span, { error }: { readonly error?: string | undefined }): void {
  if (error === undefined) return;
  span.setAttribute("error.type", error);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
