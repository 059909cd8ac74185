// The table of error codes with their HTTP status, JSON-RPC code and exit code.
import type { ErrorCode, ErrorData } from "@deepaas/core";

export interface ErrorCodeRow {
  /** HTTP status (RFC 9110; 499 as in nginx). */
  readonly http: number;
  /** `error.code` of a JSON-RPC 2.0 response. */
  readonly jsonRpc: number;
  /** Exit code of the command line. */
  readonly exit: number;
}

export const errorCodeTable: Readonly<Record<ErrorCode, ErrorCodeRow>> = {
  invalid_args: { http: 422, jsonRpc: -32602, exit: 2 },
  not_implemented: { http: 501, jsonRpc: -32601, exit: 1 },
  unauthenticated: { http: 401, jsonRpc: -32001, exit: 3 },
  permission_denied: { http: 403, jsonRpc: -32003, exit: 3 },
  not_found: { http: 404, jsonRpc: -32004, exit: 1 },
  already_exists: { http: 409, jsonRpc: -32009, exit: 1 },
  failed_precondition: { http: 409, jsonRpc: -32009, exit: 1 },
  // A cursor beyond the log; a cursor before it is 410, see `httpStatusOf`.
  out_of_range: { http: 416, jsonRpc: -32010, exit: 1 },
  too_large: { http: 413, jsonRpc: -32013, exit: 2 },
  rate_limited: { http: 429, jsonRpc: -32029, exit: 3 },
  cancelled: { http: 499, jsonRpc: -32099, exit: 130 },
  invalid_response: { http: 500, jsonRpc: -32603, exit: 1 },
  internal: { http: 500, jsonRpc: -32603, exit: 1 },
  worker_lost: { http: 502, jsonRpc: -32502, exit: 1 },
  overloaded: { http: 503, jsonRpc: -32503, exit: 3 },
  unavailable: { http: 503, jsonRpc: -32503, exit: 3 },
  deadline_exceeded: { http: 504, jsonRpc: -32504, exit: 1 },
};

/**
 * Returns the HTTP status of an error: the one that a model means, or that of the code. For `out_of_range` it depends on the requested cursor: 410 if it is before the first
 * event (that part of the log is deleted), else 416.
 */
export function httpStatusOf(error: ErrorData, cursor?: number): number {
  const { code, first, status } = error;
  if (code === "out_of_range" && cursor !== undefined && first !== undefined && cursor < first) return 410;
  return isErrorStatus(status) ? status : errorCodeTable[code].http;
}

/** A worker in another language may send anything. */
function isErrorStatus(status: unknown): status is number {
  return Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599;
}

export function jsonRpcCodeOf(code: ErrorCode): number {
  return errorCodeTable[code].jsonRpc;
}

export function exitCodeOf(code: ErrorCode): number {
  return errorCodeTable[code].exit;
}
