import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type Caller, DeepaasError } from "@deepaas/core";
import { bearerTokenIn } from "@deepaas/protocol/rpc";
import type { WholeAttachWsOptions } from "../attach-options.ts";

type AuthenticateOptions = Pick<WholeAttachWsOptions, "authenticate" | "authenticateMs">;

/**
 * Returns the caller, or undefined if there is no `authenticate` option. Rejects `unauthenticated` if `authenticate` returns
 * undefined or takes longer than `authenticateMs`, or if the client disconnects; else as `authenticate` does.
 */
export async function authenticateUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  { authenticate, authenticateMs }: AuthenticateOptions,
): Promise<Caller | undefined> {
  if (!authenticate) return undefined;
  const failed = Promise.withResolvers<never>();
  const onTimeout = () => failed.reject(new DeepaasError("unauthenticated", "Authentication timed out."));
  const onClose = () => failed.reject(new DeepaasError("unauthenticated", "The client disconnected."));
  const timer = setTimeout(onTimeout, authenticateMs);
  socket.once("close", onClose);
  try {
    const caller = await Promise.race([authenticate(request, tokenOf(request)), failed.promise]);
    if (caller) return caller;
  } finally {
    clearTimeout(timer);
    socket.off("close", onClose);
  }
  throw new DeepaasError("unauthenticated", "Authentication required.");
}

/** From the Authorization header (RFC 6750, section 2.1), or from a sub-protocol: browsers cannot set headers. */
function tokenOf({ headers }: IncomingMessage): string | undefined {
  const bearer = /^Bearer +([\w.~+/-]+=*) *$/i.exec(headers.authorization ?? "")?.[1];
  return bearer ?? bearerTokenIn(headers["sec-websocket-protocol"] ?? "");
}
