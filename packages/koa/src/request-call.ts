// What the seam is told about each request: who asks under which id, and that the client has left.
import { randomUUID } from "node:crypto";
import { type CallOptions, DeepaasError } from "@deepaas/core";
import { isTraceparent } from "@deepaas/protocol";
import type { Context } from "koa";

const soundId = /^[A-Za-z0-9._:+/=-]{1,128}$/;
const left = Symbol("signal");

/** The client's `X-Request-Id` if it is 1-128 harmless characters, else a new one. Answered in the same header. */
export function setRequestId(ctx: Context): void {
  const given = ctx.req.headers["x-request-id"];
  const id = typeof given === "string" && soundId.test(given) ? given : randomUUID();
  ctx.state.requestId = id;
  ctx.res.setHeader("X-Request-Id", id);
}

export function requestIdOf(ctx: Context): string {
  return String(ctx.state.requestId);
}

/** Aborted when the connection closes before the answer was sent whole. */
export function leftSignal(ctx: Context & { [left]?: AbortSignal }): AbortSignal {
  const known = ctx[left];
  if (known) return known;
  const controller = new AbortController();
  const leave = () => {
    if (!ctx.res.writableFinished) controller.abort(new DeepaasError("cancelled", "The client left."));
  };
  if (ctx.res.destroyed || ctx.res.closed) leave();
  else ctx.res.once("close", leave);
  ctx[left] = controller.signal;
  return controller.signal;
}

/** For calls that go on without their client. */
export function tracedCallOf(ctx: Context): Pick<CallOptions, "requestId" | "traceparent"> {
  const requestId = requestIdOf(ctx);
  const { traceparent } = ctx.req.headers;
  return isTraceparent(traceparent) ? { requestId, traceparent } : { requestId };
}

/** For calls that end with their client. */
export function callOf(ctx: Context): CallOptions & { readonly requestId: string; readonly signal: AbortSignal } {
  const { requestId, traceparent } = tracedCallOf(ctx) as CallOptions & { readonly requestId: string };
  const signal = leftSignal(ctx);
  return traceparent === undefined ? { requestId, signal } : { requestId, traceparent, signal };
}
