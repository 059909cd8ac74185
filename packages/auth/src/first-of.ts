import { type Caller, DeepaasError } from "@deepaas/core";
import type { Authenticate } from "@deepaas/protocol/node";

/**
 * Asks one authenticator after the other. The first that knows the kind of the token decides: it returns a caller, or rejects.
 * A token that none knows rejects `unauthenticated`. Without a token, and without a caller from any of them, it returns undefined.
 *
 * It returns a promise only if an authenticator does.
 */
export function firstOf(...authenticators: readonly Authenticate[]): Authenticate {
  if (authenticators.length === 0 || authenticators.some((one) => typeof one !== "function")) {
    throw new TypeError("firstOf: give at least one authenticator, which is a function.");
  }
  return (request, token) => from(0, request, token);

  function from(first: number, ...[request, token]: Parameters<Authenticate>): ReturnType<Authenticate> {
    for (let at = first; at < authenticators.length; at++) {
      const caller = authenticators[at]?.(request, token);
      if (caller instanceof Promise) return caller.then((found) => found ?? from(at + 1, request, token));
      if (caller !== undefined) return caller;
    }
    return none(token);
  }
}

function none(token: string | undefined): Caller | undefined {
  if (token === undefined) return undefined;
  throw new DeepaasError("unauthenticated", "The token is of no kind that this server accepts.");
}
