// Who calls, before anything else is done for a request.
import { type Caller, DeepaasError, hasScope, type ScopeName } from "@deepaas/core";
import type { RouteAccess } from "@deepaas/protocol";
import { type CallerOptions, callerOf, grantIn, tokenOf } from "@deepaas/protocol/node";
import type { RestSettings } from "../options.ts";
import type { HttpRequest } from "../request/http-request.ts";

/** What a URL with a grant returns must neither stay in a shared cache nor pass the URL on to other sites. */
const grantHeaders = ["Cache-Control", "private, no-cache", "Referrer-Policy", "no-referrer"];

/**
 * Sets the caller of a request, unless everybody may call or the route is open. Throws, or rejects, if the request is refused.
 * Hot path: returns a promise only if the authenticator does.
 */
export function findCaller(
  request: HttpRequest,
  access: RouteAccess | undefined,
  { authenticate, authenticateMs }: RestSettings,
): Promise<void> | undefined {
  if (!authenticate || access === "open") return undefined;
  const options = { authenticate, authenticateMs };
  if (access === "filtered") return findOptionalCaller(request, options);
  if (access === "health") return findProbingCaller(request, options);
  const caller = callerOf(request.req, options);
  if (caller instanceof Promise) return caller.then((found) => admit(request, access, found));
  admit(request, access, caller);
  return undefined;
}

function admit(request: HttpRequest, scope: ScopeName | undefined, caller: Caller): void {
  if (scope !== undefined && !hasScope(caller.scopes ?? [], scope)) {
    throw new DeepaasError("permission_denied", `The caller lacks the scope ${scope}.`);
  }
  request.caller = caller;
  if (grantIn(request.req.url ?? "") !== undefined) request.responseHeaders.push(...grantHeaders);
}

/** A probe does not fail because of its credentials, nor because they cannot be checked. Without a token nobody is asked. */
async function findProbingCaller(request: HttpRequest, options: CallerOptions): Promise<void> {
  if (tokenOf(request.req) === undefined) return;
  try {
    request.caller = await callerOf(request.req, options);
  } catch {
    request.caller = undefined;
  }
}

/** A client without credentials has no caller. A refused token is an error. */
async function findOptionalCaller(request: HttpRequest, options: CallerOptions): Promise<void> {
  try {
    request.caller = await callerOf(request.req, options);
  } catch (error) {
    const isStranger = DeepaasError.is(error) && error.code === "unauthenticated" && tokenOf(request.req) === undefined;
    if (!isStranger) throw error;
  }
}
