// Errors as responses: texts and dictionaries of DEEPaaS V2 by default, problem details (RFC 9457) for clients that accept
// them. An unexpected error is logged and becomes a 500 without details.
import { DeepaasError, type ErrorData, errorDataFrom, type Logger } from "@deepaas/core";
import {
  httpStatusOf,
  problemDetails,
  problemMediaType,
  toV2ErrorText,
  v2Errors,
  withoutTokens,
} from "@deepaas/protocol";
import { bearerChallenge } from "@deepaas/protocol/node";
import { HttpError } from "../http-error.ts";
import { acceptsProblem } from "../request/accept.ts";
import type { ErrorContext, HttpRequest } from "../request/http-request.ts";
import { type HttpResponse, jsonResponse, textResponse } from "./http-response.ts";

export function errorResponse(request: HttpRequest, error: unknown, logger: Logger): HttpResponse {
  const { requestId, errorContext, path } = request;
  if (error instanceof HttpError ? error.status >= 500 : !DeepaasError.is(error)) {
    logger.error({ err: error, requestId, path: withoutTokens(path) }, "request failed");
  }
  const data = errorDataOf(error, errorContext);
  request.errorCode = data.code;
  const status = error instanceof HttpError ? error.status : httpStatusOf(data, errorContext.cursor);
  const headers: Record<string, string> = error instanceof HttpError ? { ...error.headers } : {};
  if (status === 401) headers["WWW-Authenticate"] = bearerChallenge(request.req);
  if (status === 429 || status === 503)
    headers["Retry-After"] = String(Math.ceil((data.retryAfterMs ?? 1_000) / 1_000));
  const { headers: ofBody, body } = errorBody(request, error, { data, status });
  return { status, headers: { ...headers, ...ofBody }, vary: ["Accept"], ...(body !== undefined && { body }) };
}

const jsonAsForm =
  "The body looks like JSON, but was read as a form, because its Content-Type is application/x-www-form-urlencoded, which is the default of curl -d. Send Content-Type: application/json (curl --json).";

function errorDataOf(error: unknown, { isJsonAsForm }: ErrorContext): ErrorData {
  if (error instanceof HttpError) return error.toData();
  const data = errorDataFrom(error);
  return isJsonAsForm && data.code === "invalid_args" ? { ...data, message: `${data.message} ${jsonAsForm}` } : data;
}

function errorBody(
  request: HttpRequest,
  error: unknown,
  { data, status }: { readonly data: ErrorData; readonly status: number },
): HttpResponse {
  const { requestId, errorContext } = request;
  const json = v2Json(error, data, errorContext);
  if (acceptsProblem(request.req.headers.accept, { insteadOfJson: json !== undefined })) {
    return jsonResponse(problemDetails(data, status, { requestId }), problemMediaType);
  }
  if (json !== undefined) return jsonResponse(json, "application/json");
  const text = error instanceof HttpError ? error.text : toV2ErrorText(data, status, errorContext.model);
  return textResponse(status, text);
}

/** Returns the JSON body that DEEPaaS V2 has for this error, or undefined if it has a text. */
function v2Json(error: unknown, { code, issues }: ErrorData, { schema, args, isJsonAsForm }: ErrorContext): unknown {
  if (error instanceof HttpError) return error.json;
  if (code !== "invalid_args" || issues === undefined || issues.length === 0) return undefined;
  const errors = v2Errors(issues, schema, args);
  return isJsonAsForm ? { ...errors, _schema: [jsonAsForm] } : errors;
}
