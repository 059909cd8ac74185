import type { IncomingMessage } from "node:http";
import { type Caller, DeepaasError } from "@deepaas/core";
import { callerOf } from "@deepaas/protocol/node";
import type { WholeAttachWsOptions } from "../attach-options.ts";

type AuthenticateOptions = Pick<WholeAttachWsOptions, "authenticate" | "authenticateMs">;

/** Returns the caller, or undefined if there is no `authenticate` option. Rejects as `callerOf` does. */
export async function authenticateUpgrade(
  request: IncomingMessage,
  { authenticate, authenticateMs }: AuthenticateOptions,
): Promise<Caller | undefined> {
  if (!authenticate) return undefined;
  const caller = await callerOf(request, { authenticate, authenticateMs });
  if (caller.signal?.aborted) throw endOf(caller.signal);
  return caller;
}

function endOf({ reason }: AbortSignal): DeepaasError {
  return DeepaasError.is(reason) ? reason : new DeepaasError("unauthenticated", "The credentials are no longer valid.");
}

/** Calls `end` with an error when the credentials of the caller end. Returns a function that stops waiting for that. */
export function whenCredentialsEnd(caller: Caller | undefined, end: (error: DeepaasError) => void): () => void {
  const signal = caller?.signal;
  if (!signal) return () => {};
  const onAbort = () => end(endOf(signal));
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return () => signal.removeEventListener("abort", onAbort);
}
