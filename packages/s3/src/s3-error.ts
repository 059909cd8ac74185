// What an error of the AWS SDK means. Its own objects have headers and parts of the credentials, so they are never passed on.
import { DeepaasError } from "@deepaas/core";

/** What is read of an error: of the SDK (`$metadata`, `name`) or of Node.js (`code`). */
interface Failure {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/** Errors of a connection after which another attempt may succeed. */
const lostConnections: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "EPROTO",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ERR_STREAM_PREMATURE_CLOSE",
]);
/** Codes of S3 that come with a 4xx or in an answer 200. The clock is corrected by the SDK after the first of them. */
const passing: ReadonlySet<string> = new Set([
  "InternalError",
  "OperationAborted",
  "RequestTimeout",
  "RequestTimeTooSkewed",
  "ServiceUnavailable",
  "SlowDown",
  "TimeoutError",
]);

/** The answer ended before its last byte. */
export class CutAnswer extends Error {
  readonly code = "ECONNRESET";
}

/** True if the same request may succeed a little later. */
export function isPassing(error: unknown): boolean {
  const { status, code } = reasonOf(error);
  if (passing.has(code)) return true;
  if (status !== undefined && status >= 400)
    return status === 408 || status === 429 || (status >= 500 && status !== 501);
  return lostConnections.has(code);
}

export function isMissingUpload(error: unknown): boolean {
  return reasonOf(error).code === "NoSuchUpload";
}

/** True if a range begins after the last byte. */
export function isOutOfRange(error: unknown): boolean {
  return reasonOf(error).status === 416;
}

/** Returns `not_found` if there is no such object, a `DeepaasError` unchanged, and `unavailable` for any other error. */
export function storageError(error: unknown): DeepaasError {
  if (DeepaasError.is(error)) return error;
  if (reasonOf(error).code === "NoSuchKey") {
    return new DeepaasError("not_found", "That file is not kept any more.");
  }
  const { status, code, requestId } = reasonOf(error);
  const answer = [status, code].filter((part) => part !== undefined && part !== "").join(" ") || "unknown error";
  const request = requestId === undefined ? "" : `, request ${requestId}`;
  const cause = new Error(`${answer}${request}`);
  return new DeepaasError("unavailable", `The files in S3 cannot be reached: ${hints[code] ?? answer}.`, { cause });
}

const hints: Readonly<Record<string, string>> = {
  AccessDenied: "the access is denied (AccessDenied)",
  CredentialsProviderError:
    "there are no credentials; give them as an option, or as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
  NoSuchBucket: "there is no such bucket (NoSuchBucket)",
};

function reasonOf(error: unknown): {
  readonly status: number | undefined;
  readonly code: string;
  readonly requestId: string | undefined;
} {
  const { name, code, $metadata } = Object(error) as Failure;
  const { httpStatusCode: status, requestId } = $metadata ?? {};
  // Only words: a server could repeat anything in its answer.
  const word = [typeof code === "string" ? code : undefined, name].find(
    (text) => typeof text === "string" && /^\w{1,64}$/.test(text),
  );
  return {
    status,
    code: typeof word === "string" ? word : "",
    requestId: typeof requestId === "string" && /^[\w-]{1,64}$/.test(requestId) ? requestId : undefined,
  };
}
