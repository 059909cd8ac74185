// An upgrade that is refused is answered as any other HTTP request, with RFC 9457 problem details.

import type { Duplex } from "node:stream";
import { DeepaasError, errorDataFrom } from "@deepaas/core";
import { httpStatusOf, problemDetails, problemMediaType, titleOf } from "@deepaas/protocol";

export interface Refusal {
  /** Default: that of the error's code. */
  readonly status?: number;
  /** The cursor that was asked for, which tells 410 from 416. */
  readonly cursor?: number;
}

export function refuseUpgrade(socket: Duplex, error: unknown, refusal: Refusal = {}): void {
  const data = errorDataFrom(error);
  const status = refusal.status ?? httpStatusOf(data, refusal.cursor);
  const body = JSON.stringify(problemDetails(data, status));
  const retry = data.retryAfterMs === undefined ? [] : [`Retry-After: ${Math.ceil(data.retryAfterMs / 1000)}`];
  const head = [
    `HTTP/1.1 ${status} ${titleOf(status)}`,
    "Connection: close",
    `Content-Type: ${problemMediaType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    // RFC 9110, section 15.5.2.
    ...(status === 401 ? ["WWW-Authenticate: Bearer"] : []),
    ...retry,
  ];
  // A peer that never closes its half must not keep the socket.
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}

export const shuttingDown = () =>
  new DeepaasError("unavailable", "The server is shutting down.", { retryAfterMs: 1_000 });
