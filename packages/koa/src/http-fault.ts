// What can be wrong with a request before it is a call: it has a status, which no error of the seam has.
import type { ErrorCode, ErrorData } from "@deepaas/core";

export interface FaultOptions {
  /** The whole text body. Default: `<status>: <message>`. */
  readonly text?: string;
  /** The JSON body that DEEPaaS V2 sends instead of a text. */
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const codes: Readonly<Record<number, ErrorCode>> = {
  402: "permission_denied",
  404: "not_found",
  405: "not_implemented",
  408: "deadline_exceeded",
  413: "too_large",
};

export class HttpFault extends Error {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, options: FaultOptions = {}) {
    super(message);
    this.status = status;
    this.text = options.text ?? `${status}: ${message}`;
    this.json = options.json;
    this.headers = options.headers ?? {};
  }

  toData(): ErrorData {
    return { code: codes[this.status] ?? "invalid_args", message: this.message };
  }
}

/** With the sentence of the original; `actual` is what was read or announced so far. */
export function bodyTooLarge(maxBytes: number, actual: number): HttpFault {
  const text = `Maximum request body size ${maxBytes} exceeded, actual body size ${actual}`;
  return new HttpFault(413, `${text}.`, { text });
}

export function invalidJson(): HttpFault {
  return new HttpFault(400, "Invalid JSON body.", { json: { json: ["Invalid JSON body."] } });
}
