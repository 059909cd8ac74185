// An error of a request that is not a call yet, such as 413 or 415: it has an HTTP status instead of an error code.
import type { ErrorCode, ErrorData } from "@deepaas/core";

export interface HttpErrorOptions {
  /** The text body. Default: `<status>: <message>`. */
  readonly text?: string;
  /** The JSON body that DEEPaaS V2 sends instead of a text. */
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the log. */
  readonly cause?: unknown;
}

/** The other ones from 400 to 499 are `invalid_args`, from 500 on `internal`. */
const codes: Readonly<Record<number, ErrorCode>> = {
  402: "permission_denied",
  403: "permission_denied",
  404: "not_found",
  405: "not_implemented",
  408: "deadline_exceeded",
  413: "too_large",
  416: "out_of_range",
  431: "too_large",
  503: "unavailable",
};

export function errorCodeOf(status: number): ErrorCode {
  return codes[status] ?? (status < 500 ? "invalid_args" : "internal");
}

export class HttpError extends Error {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, options: HttpErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.status = status;
    this.text = options.text ?? `${status}: ${message}`;
    this.json = options.json;
    this.headers = options.headers ?? {};
  }

  toData(): ErrorData {
    return { code: errorCodeOf(this.status), message: this.message };
  }
}

export const notFound = (): HttpError => new HttpError(404, "Not Found");

/** With the sentence of the Python server. `actual`: the bytes that were read or announced so far. */
export function bodyTooLarge(maxBytes: number, actual: number): HttpError {
  const text = `Maximum request body size ${maxBytes} exceeded, actual body size ${actual}`;
  return new HttpError(413, `${text}.`, { text });
}

/** For what is parsed in memory. `actual` is not said: reading stops at the limit. */
export function textTooLarge(maxBytes: number): HttpError {
  return new HttpError(
    413,
    `JSON and form text may have ${maxBytes} bytes (the option maxJsonBytes; --client-max-size of the command). Send large data as a file`,
  );
}

export function invalidJson(): HttpError {
  return new HttpError(400, "Invalid JSON body.", { json: { json: ["Invalid JSON body."] } });
}
