// The span of a call of the model, in the process in which it runs. What the model does is within that span.
import { DeepaasError } from "@deepaas/core";
import type { ModelObserver, ObservedModelCall } from "@deepaas/core/ports";
import { type Attributes, type Context, context, ROOT_CONTEXT, type Span, trace } from "@opentelemetry/api";
import { flushSpans, hasSdk } from "./sdk.ts";
import { endWithError, startSpanIn } from "./spans.ts";
import { contextFrom } from "./traceparent.ts";

interface Within {
  readonly spanContext: Context;
  /** The method returns an iterator of items. */
  readonly isStream: boolean;
}

type AnyIterable = AsyncIterable<unknown> | Iterable<unknown>;

export const modelSpans: Required<ModelObserver> = {
  call(call, work) {
    if (!hasSdk()) return work();
    const parent = contextFrom(call.traceparent, ROOT_CONTEXT);
    const span = startSpanIn(parent, `${call.model}.${call.method}`, { attributes: attributesOf(call) });
    return within(span, { spanContext: trace.setSpan(parent, span), isStream: call.method === "predictStream" }, work);
  },

  /** The process ends, and with it what the SDK has not exported yet. */
  close: flushSpans,
};

function attributesOf({ model, requestId, runId }: ObservedModelCall): Attributes {
  return {
    "deepaas.model": model,
    ...(requestId !== undefined && { "deepaas.request.id": requestId }),
    ...(runId !== undefined && { "deepaas.run.id": runId }),
  };
}

/** Ends the span with what `work` returns: its promise, or its stream. */
function within<T>(span: Span, { spanContext, isStream }: Within, work: () => T): T {
  try {
    const result: unknown = context.with(spanContext, work);
    if (isStream && isIterable(result)) return itemsWithin(span, spanContext, result) as T;
    if (isPromise(result)) return endedWith(span, result) as T;
    span.end();
    return result as T;
  } catch (error) {
    endWithError(span, { error: errorType(error) });
    span.end();
    throw error;
  }
}

async function endedWith(span: Span, result: PromiseLike<unknown>): Promise<unknown> {
  try {
    return await result;
  } catch (error) {
    endWithError(span, { error: errorType(error) });
    throw error;
  } finally {
    span.end();
  }
}

/** A generator runs in the context of whoever asks for its next item, not in the one in which it was made. */
async function* itemsWithin(span: Span, spanContext: Context, items: AnyIterable): AsyncGenerator<unknown, void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let isOver = false;
  try {
    for (;;) {
      isOver = true;
      const item = await context.with(spanContext, () => iterator.next());
      if (item.done) return;
      isOver = false;
      yield item.value;
    }
  } catch (error) {
    endWithError(span, { error: errorType(error) });
    throw error;
  } finally {
    try {
      // Its reader has left.
      if (!isOver) await context.with(spanContext, () => iterator.return?.());
    } finally {
      span.end();
    }
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === "function";
}

function isIterable(value: unknown): value is AnyIterable {
  return typeof value === "object" && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value);
}

/** The code or the class of what the model threw. Its text may be a user's. */
function errorType(error: unknown): string {
  try {
    if (DeepaasError.is(error)) return error.code;
    return error instanceof Error ? error.name : "_OTHER";
  } catch {
    return "_OTHER";
  }
}
