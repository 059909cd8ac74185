// The spans of a host: waits, executions, trainings and their attempts, and the operations of the store that belong to them.
import type { HostObserver } from "@deepaas/core/ports";
import { type Context, context, ROOT_CONTEXT, type Span, SpanKind, trace } from "@opentelemetry/api";
import { endWithError, observedBy, startSpan, startSpanIn } from "./spans.ts";
import { spanContextFrom } from "./traceparent.ts";

/** Of the store, these are told: an append for each report would be noise. */
const toldOperations = new Set(["create", "addVersion"]);
const failedEnds = new Set(["failed", "lost"]);

interface ClaimTimes {
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Returns the observer of one host or of several. */
export function hostSpans(): HostObserver {
  /** Of the training that is being recorded, or of the attempt that runs, by the id of the run. */
  const contexts = new Map<string, Context>();
  const claims = new Map<string, ClaimTimes>();
  const open = (runId: string, span: Span) => {
    const within = trace.setSpan(ROOT_CONTEXT, span);
    contexts.set(runId, within);
    return () => {
      if (contexts.get(runId) === within) contexts.delete(runId);
    };
  };

  return {
    predict({ model, requestId, traceparent, stream }) {
      // An adapter has begun a span already, or the caller has one of its own.
      if (traceparent !== undefined) return undefined;
      const attributes = { "deepaas.model": model, "deepaas.request.id": requestId, "deepaas.stream": stream };
      const span = startSpan({ name: `call ${model}`, attributes, traceparent }, context.active());
      return observedBy(span, (one, { error, version }) => {
        if (version !== undefined) one.setAttribute("deepaas.weights.version", version);
        endWithError(one, { error });
      });
    },

    wait({ model, requestId, traceparent }) {
      const attributes = { "deepaas.model": model, "deepaas.request.id": requestId };
      return observedBy(startSpan({ name: `queue ${model}`, attributes, traceparent }), endWithError);
    },

    execute({ model, requestId, traceparent, size }) {
      const attributes = { "deepaas.model": model, "deepaas.request.id": requestId, "deepaas.batch.size": size };
      const span = startSpan({ name: `execute ${model}`, attributes, traceparent });
      return observedBy(span, (one, { failed, retried }) => {
        if (failed === 0) return;
        one.setAttribute("deepaas.batch.failed", failed);
        if (retried) one.setAttribute("deepaas.batch.retried", true);
        endWithError(one, { error: "failed" });
      });
    },

    train({ model, requestId, runId, traceparent }) {
      const attributes = { "deepaas.model": model, "deepaas.request.id": requestId, "deepaas.run.id": runId };
      const start = { name: `submit ${model}`, kind: SpanKind.PRODUCER, attributes, traceparent };
      const span = startSpan(start, context.active());
      if (!span.isRecording()) return observedBy(span, endWithError);
      const close = open(runId, span);
      return observedBy(span, (one, end: { readonly error?: string }) => {
        close();
        endWithError(one, end);
      });
    },

    run({ model, runId, attempt, traceparent }) {
      const attributes = { "deepaas.model": model, "deepaas.run.id": runId, "deepaas.run.attempt": attempt };
      const claim = claims.get(runId);
      claims.delete(runId);
      const submitted = spanContextFrom(traceparent);
      // As OpenTelemetry's conventions for messaging say for a message that is processed alone: the span that created it is
      // linked, and may be the parent, too. It is, so that a training is one trace, however late its attempts are.
      const links = submitted ? [{ context: submitted }] : [];
      const start = { name: `attempt ${model}`, kind: SpanKind.CONSUMER, attributes, links, traceparent };
      const span = startSpan(claim ? { ...start, startTime: claim.startedAt } : start);
      if (!span.isRecording()) return observedBy(span, () => {});
      const close = open(runId, span);
      if (claim) addClaim(span, claim);
      return observedBy(span, (one, { type }) => {
        close();
        one.setAttribute("deepaas.run.event", type);
        endWithError(one, { error: failedEnds.has(type) ? type : undefined });
      });
    },

    store({ name, runId }) {
      if (runId === undefined) return undefined;
      if (name === "claim") return observeClaim(runId, claims);
      const parent = toldOperations.has(name) ? contexts.get(runId) : undefined;
      if (!parent) return undefined;
      return observedBy(
        startSpanIn(parent, `store ${name}`, { attributes: { "deepaas.run.id": runId } }),
        endWithError,
      );
    },
  };
}

function addClaim(attempt: Span, { startedAt, endedAt }: ClaimTimes): void {
  const parent = trace.setSpan(ROOT_CONTEXT, attempt);
  startSpanIn(parent, "store claim", { startTime: startedAt }).end(endedAt);
}

/** The trace of an attempt is known once it is claimed: the hook `run` follows at once. */
function observeClaim(runId: string, claims: Map<string, ClaimTimes>) {
  const startedAt = Date.now();
  return {
    end({ error }: { readonly error?: string }) {
      if (error !== undefined) return;
      claims.set(runId, { startedAt, endedAt: Date.now() });
      // There was nothing to claim.
      setImmediate(() => claims.delete(runId));
    },
  };
}
