// What the observers learn about one handshake, and about the watch that follows it.
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { errorDataFrom } from "@deepaas/core";
import type { AdapterObserver, Observed, RequestEnd } from "@deepaas/core/ports";
import { isRequestId, isTraceparent, withoutTokens } from "@deepaas/protocol";
import { closeNormally } from "../close-codes.ts";

interface UpgradeTarget {
  /** Undefined if nobody observes. */
  readonly begin: AdapterObserver["request"];
  /** Absent for a URL that is not served. */
  readonly operation?: "connect" | "runEvents";
  readonly runId?: string | undefined;
}

export class ObservedUpgrade {
  readonly requestId: string;
  /** Of the client, or of the span that an observer has begun. */
  readonly traceparent: string | undefined;
  readonly runId: string | undefined;
  /** Set when they are known. */
  caller: string | undefined;
  model: string | undefined;
  readonly #operation: string | undefined;
  #observed: Observed<RequestEnd> | undefined;
  #end: { readonly error: unknown } | undefined;

  constructor({ headers, method, url = "" }: IncomingMessage, { begin, operation, runId }: UpgradeTarget) {
    const { "x-request-id": requestId, traceparent } = headers;
    this.requestId = isRequestId(requestId) ? requestId : randomUUID();
    this.runId = runId;
    this.#operation = operation;
    const given = isTraceparent(traceparent) ? traceparent : undefined;
    this.#observed = begin?.({
      adapter: "ws",
      requestId: this.requestId,
      traceparent: given,
      method,
      path: withoutTokens(URL.parse(url, "http://localhost")?.pathname ?? ""),
    });
    this.traceparent = this.#observed?.traceparent ?? given;
  }

  /** Only the first call has an effect. */
  end({ status, error, complete }: Pick<RequestEnd, "status" | "error" | "complete">): void {
    const observed = this.#observed;
    this.#observed = undefined;
    const { model, runId, caller } = this;
    const shownRun = runId === undefined ? undefined : withoutTokens(runId);
    observed?.end?.({ operation: this.#operation, model, runId: shownRun, caller, status, error, complete });
  }

  refused(status: number, error: unknown): void {
    this.end({ status, error: errorDataFrom(error).code, complete: true });
  }

  /** The watch was sent to its end, or is ended with `error`. Only the first call has an effect. */
  sent(error: unknown): void {
    this.#end ??= { error };
  }

  /** `ws` has refused a handshake that is malformed, or has found its socket closed. */
  notOpened(isGone: boolean): void {
    if (isGone) this.end({ status: 499, error: "cancelled", complete: false });
    else this.end({ status: 400, error: "invalid_args", complete: true });
  }

  /** The socket of the watch was closed, with `code` of the peer. */
  closed(code: number): void {
    const complete = this.#end !== undefined && this.#end.error === undefined && code === closeNormally.code;
    const error = this.#end?.error === undefined ? "cancelled" : errorDataFrom(this.#end.error).code;
    this.end({ status: 101, error: complete ? undefined : error, complete });
  }
}
