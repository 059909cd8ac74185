// Every error as an answer: V2's texts and maps by default, problem details (RFC 9457) for whoever asks for them. What was
// not foreseen is logged and told as 500; nothing of it goes out.
import { DeepaasError, type ErrorData, errorDataFrom, type Logger, type ObjectSchema } from "@deepaas/core";
import { httpStatusOf, problemDetails, problemMediaType, toV2ErrorText, v2Errors } from "@deepaas/protocol";
import type { Context } from "koa";
import { wantsProblem } from "./accept-header.ts";
import { HttpFault } from "./http-fault.ts";
import { requestIdOf } from "./request-call.ts";
import { writeJson, writeText } from "./write-json.ts";

/** What a route knows about the call by the time it fails; it makes the error's body better. */
export interface CallNotes {
  model?: string;
  schema?: ObjectSchema;
  args?: unknown;
  /** The cursor that was asked for. */
  cursor?: number;
}

const notes = Symbol("notes");

export function notesOf(ctx: Context & { [notes]?: CallNotes }): CallNotes {
  ctx[notes] ??= {};
  return ctx[notes];
}

export function writeError(ctx: Context, error: unknown, logger: Logger): void {
  const requestId = requestIdOf(ctx);
  if (!(error instanceof HttpFault) && !DeepaasError.is(error)) {
    logger.error({ err: error, requestId, path: ctx.path }, "the REST adapter failed");
  }
  const data = error instanceof HttpFault ? error.toData() : errorDataFrom(error);
  const status = error instanceof HttpFault ? error.status : httpStatusOf(data, notesOf(ctx).cursor);
  if (ctx.res.headersSent || !ctx.writable) return;
  for (const name of [
    "Content-Type",
    "Content-Length",
    "Content-Disposition",
    "Content-Range",
    "Cache-Control",
    "ETag",
  ]) {
    ctx.remove(name);
  }
  ctx.status = status;
  if (error instanceof HttpFault) ctx.set(error.headers);
  if (status === 429 || status === 503) ctx.set("Retry-After", String(Math.ceil((data.retryAfterMs ?? 1_000) / 1_000)));
  ctx.vary("Accept");
  const json = v2Json(ctx, error, data);
  if (wantsProblem(ctx, { strictly: json !== undefined })) {
    writeJson(ctx, problemDetails(data, status, { requestId }), problemMediaType);
  } else if (json !== undefined) {
    writeJson(ctx, json, "application/json");
  } else {
    writeText(ctx, status, error instanceof HttpFault ? error.text : toV2ErrorText(data, status, notesOf(ctx).model));
  }
}

/** The JSON body that V2 has for this error, if it has one. */
function v2Json(ctx: Context, error: unknown, { code, issues }: ErrorData): unknown {
  if (error instanceof HttpFault) return error.json;
  if (code !== "invalid_args" || issues === undefined || issues.length === 0) return undefined;
  const { schema, args } = notesOf(ctx);
  return v2Errors(issues, schema, args);
}
