// Errors as HTTP bodies: problem details (RFC 9457), and the plain text of DEEPaaS V2.
import type { ErrorCode, ErrorData, Issue } from "@deepaas/core";

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  499: "Client Closed Request",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/** Problem details (RFC 9457) with the members `code` and those of the error. */
export interface ProblemDetails {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly requestId?: string;
  readonly issues?: readonly Issue[];
  readonly retryAfterMs?: number;
  readonly first?: number;
  readonly last?: number;
}

export function problemDetails(
  error: ErrorData,
  status: number,
  options: { readonly requestId?: string } = {},
): ProblemDetails {
  const { code, message, ...details } = error;
  return { type: "about:blank", title: titleOf(status), detail: message, code, ...options, ...details, status };
}

/** Returns the standard phrase of a status. */
export function titleOf(status: number): string {
  return titles[status] ?? (status < 500 ? "Bad Request" : "Internal Server Error");
}

/**
 * Returns a text such as `404: Not Found`: the status and the sentence of DEEPaaS V2 if there is one, else the error's own.
 * `model`: the name of the called model.
 */
export function toV2ErrorText(error: ErrorData, status: number, model = ""): string {
  return `${status}: ${v2SentenceOf(error, model)}`;
}

function v2SentenceOf({ code, message, status }: ErrorData, model: string): string {
  // What a model means is said in its own words.
  if (status !== undefined) return message;
  if (code === "not_found") return "Not Found";
  if (code === "not_implemented" && model !== "") return `Not implemented by underlying model (loaded '${model}')`;
  if (code === "invalid_response") return "ERROR validating model response, check server logs.";
  return message;
}
