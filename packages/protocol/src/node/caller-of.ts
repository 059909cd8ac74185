// Finds out who calls, for REST requests and WebSocket handshakes alike.
import type { IncomingMessage } from "node:http";
import { type Caller, DeepaasError } from "@deepaas/core";
import type { Authenticate } from "./authenticate.ts";
import { tokenOf, withoutToken } from "./token.ts";

export interface CallerOptions {
  readonly authenticate: Authenticate;
  /** Timeout of `authenticate`, in milliseconds. */
  readonly authenticateMs: number;
}

/**
 * Returns the caller of a request, without a promise if `authenticate` returns none. Throws, or rejects, `unauthenticated` if
 * `authenticate` returns undefined or takes longer than `authenticateMs`, or if the client disconnects; else as `authenticate`
 * does, without the token.
 */
export function callerOf(request: IncomingMessage, options: CallerOptions): Caller | Promise<Caller> {
  const token = tokenOf(request);
  try {
    const found = options.authenticate(request, token);
    if (!isPromise(found)) return checkedCaller(found);
    return settled(request, found, options.authenticateMs).catch((error: unknown) => {
      throw withoutToken(error, token);
    });
  } catch (error) {
    throw withoutToken(error, token);
  }
}

function isPromise(value: unknown): value is Promise<Caller | undefined> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === "function";
}

async function settled(
  { socket }: IncomingMessage,
  found: PromiseLike<Caller | undefined>,
  authenticateMs: number,
): Promise<Caller> {
  const failed = Promise.withResolvers<never>();
  const onTimeout = () => failed.reject(new DeepaasError("unauthenticated", "Authentication timed out."));
  const onClose = () => failed.reject(new DeepaasError("unauthenticated", "The client disconnected."));
  const timer = setTimeout(onTimeout, authenticateMs);
  socket.once("close", onClose);
  try {
    return checkedCaller(await Promise.race([found, failed.promise]));
  } finally {
    clearTimeout(timer);
    socket.off("close", onClose);
  }
}

function checkedCaller(caller: Caller | undefined): Caller {
  if (caller === undefined) throw new DeepaasError("unauthenticated", "Authentication required.");
  // Runs are owned by the id: without one they would belong to nobody.
  if (typeof caller?.id === "string" && caller.id !== "") return caller;
  throw new TypeError("authenticate must return undefined or a caller with an id.");
}
