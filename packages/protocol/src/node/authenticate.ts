import type { IncomingMessage } from "node:http";
import type { Caller } from "@deepaas/core";

/**
 * Returns the caller of a request, or undefined if it knows none: the request is refused with 401. A rejection is sent as the
 * error that it is. `token`: what the client sent as its bearer token; undefined if it sent none.
 */
export type Authenticate = (
  request: IncomingMessage,
  token: string | undefined,
) => Caller | undefined | Promise<Caller | undefined>;
