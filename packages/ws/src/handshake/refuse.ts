// Answers a refused upgrade like any other HTTP request, with problem details (RFC 9457).
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { DeepaasError, errorDataFrom } from "@deepaas/core";
import { httpStatusOf, problemDetails, problemMediaType, titleOf } from "@deepaas/protocol";
import { bearerChallenge } from "@deepaas/protocol/node";

export interface Refusal {
  /** Default: the status of the error's code. */
  readonly status?: number;
  /** The requested cursor, which decides between 410 and 416. */
  readonly cursor?: number;
  /** The handshake, for a 401: it says if its token was refused. */
  readonly request?: IncomingMessage;
}

/** Returns the status of the response. */
export function refuseUpgrade(socket: Duplex, error: unknown, refusal: Refusal = {}): number {
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
    ...(status === 401 ? [`WWW-Authenticate: ${refusal.request ? bearerChallenge(refusal.request) : "Bearer"}`] : []),
    ...retry,
  ];
  // Do not wait for a peer that never closes its side.
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
  return status;
}

export const shuttingDown = () =>
  new DeepaasError("unavailable", "The server is shutting down.", { retryAfterMs: 1_000 });
