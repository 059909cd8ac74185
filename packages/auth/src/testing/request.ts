// Requests as an authenticator sees them.
import type { IncomingMessage } from "node:http";

export function requestFrom(
  remoteAddress = "10.0.0.1",
  headers: Readonly<Record<string, string>> = {},
): IncomingMessage {
  return { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
}

export const anyRequest = requestFrom();
