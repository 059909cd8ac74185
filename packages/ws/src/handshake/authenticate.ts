import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type Caller, DeepaasError } from "@deepaas/core";
import { bearerTokenIn } from "@deepaas/protocol/rpc";
import type { WholeAttachWsOptions } from "../attach-options.ts";

type AuthenticateOptions = Pick<WholeAttachWsOptions, "authenticate" | "authenticateMs">;

/**
 * Who it is that wants to connect; undefined: nobody asks. Rejects `unauthenticated` for a stranger, for one of whom nothing is
 * known in time, and for one who has left; else as `authenticate` does.
 */
export async function authenticateUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  { authenticate, authenticateMs }: AuthenticateOptions,
): Promise<Caller | undefined> {
  if (!authenticate) return undefined;
  const over = Promise.withResolvers<never>();
  const late = () => over.reject(new DeepaasError("unauthenticated", "Nobody has said in time who connects."));
  const leave = () => over.reject(new DeepaasError("unauthenticated", "The client left."));
  const timer = setTimeout(late, authenticateMs);
  socket.once("close", leave);
  try {
    const caller = await Promise.race([authenticate(request, tokenOf(request)), over.promise]);
    if (caller) return caller;
  } finally {
    clearTimeout(timer);
    socket.off("close", leave);
  }
  throw new DeepaasError("unauthenticated", "A valid token is needed to connect.");
}

/** RFC 6750, section 2.1; browsers can only offer sub-protocols. */
function tokenOf({ headers }: IncomingMessage): string | undefined {
  const bearer = /^Bearer +([\w.~+/-]+=*) *$/i.exec(headers.authorization ?? "")?.[1];
  return bearer ?? bearerTokenIn(headers["sec-websocket-protocol"] ?? "");
}
