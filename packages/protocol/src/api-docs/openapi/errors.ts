// The error responses, from the table of error codes: V2's text, V2's JSON where it exists, and problem details (RFC 9457) for
// clients that accept them.
import { type ErrorCode, errorCodes, type JsonObject } from "@deepaas/core";
import { errorCodeTable } from "../../error-codes.ts";
import { problemDetails, titleOf } from "../../problem-details.ts";
import { problemMediaType } from "../../routes.ts";

/** The codes of errors that the adapter itself returns before or after a call (see `HttpError` in the REST adapter). */
const doorCodes: Readonly<Record<number, ErrorCode>> = {
  400: "invalid_args",
  402: "permission_denied",
  404: "not_found",
  405: "not_implemented",
  406: "invalid_args",
  408: "deadline_exceeded",
  413: "too_large",
  415: "invalid_args",
};

/** Every status of an error of the service. */
export const seamStatuses: readonly number[] = [
  ...new Set(errorCodes.map((code) => errorCodeTable[code].http)),
  410,
].sort((a, b) => a - b);

const errorStatuses: readonly number[] = [...new Set([...seamStatuses, ...Object.keys(doorCodes).map(Number)])].sort(
  (a, b) => a - b,
);

/** The codes with this status. */
function codesOf(status: number): readonly ErrorCode[] {
  const own = doorCodes[status];
  const seam = errorCodes.filter(
    (code) => errorCodeTable[code].http === status || (status === 410 && code === "out_of_range"),
  );
  return [...new Set([...(own === undefined ? [] : [own]), ...seam])];
}

/** `#/components/responses/…` of a status. */
export function errorRef(status: number): JsonObject {
  return { $ref: `#/components/responses/${nameOf(status)}` };
}

export function errorResponses(): JsonObject {
  return Object.fromEntries(errorStatuses.map((status) => [nameOf(status), errorResponse(status)]));
}

function nameOf(status: number): string {
  return titleOf(status).replaceAll(" ", "");
}

function errorResponse(status: number): JsonObject {
  const codes = codesOf(status);
  const [code = "internal"] = codes;
  const problem = { ...problemDetails({ code, message: sentences[status] ?? `${titleOf(status)}.` }, status) };
  const isWait = status === 429 || status === 503;
  const only = { properties: { status: { const: status }, code: { enum: codes } } };
  return {
    description: `${titleOf(status)} (${codes.map((one) => `\`${one}\``).join(", ")})`,
    ...(isWait && { headers: { "Retry-After": { $ref: "#/components/headers/RetryAfter" } } }),
    content: {
      "text/plain": { schema: { type: "string" }, example: `${status}: ${titleOf(status)}` },
      ...v2Json(status),
      [problemMediaType]: {
        schema: { allOf: [{ $ref: "#/components/schemas/Problem" }, only] },
        example: problem as unknown as JsonObject,
      },
    },
  };
}

const sentences: Readonly<Record<number, string>> = {
  404: "There is no run 7d444840.",
  422: "The arguments are not valid.",
};

/** The two errors with a JSON body in V2. */
function v2Json(status: number): JsonObject {
  const schema = { $ref: "#/components/schemas/ArgumentErrors" };
  if (status === 400) return { "application/json": { schema, example: { json: ["Invalid JSON body."] } } };
  if (status !== 422) return {};
  return { "application/json": { schema, example: { top: ["Not a valid integer."] } } };
}
