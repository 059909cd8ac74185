// Checks that run before any lookup, so that a rejected handshake is cheap.
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { DeepaasError } from "@deepaas/core";
import type { AttachWsOptions, WholeAttachWsOptions } from "../attach-options.ts";

type GateOptions = Pick<WholeAttachWsOptions, "origins" | "allowedHosts" | "maxConnections" | "maxConnectsPerSecond">;

/** Returns a function that returns the error for which a handshake is refused, or undefined. `connections`: open ones. */
export function upgradeGate(
  options: GateOptions,
): (request: IncomingMessage, connections: number) => DeepaasError | undefined {
  const { origins, allowedHosts, maxConnections, maxConnectsPerSecond } = options;
  const rate = connectRate(maxConnectsPerSecond);
  return ({ headers }, connections) => {
    // Before the rate: refused pages must not use up the rate of others.
    if (!isAllowedHost(headers, allowedHosts)) {
      return new DeepaasError("permission_denied", "Host not allowed.");
    }
    if (!isAllowedOrigin(headers, origins)) {
      return new DeepaasError("permission_denied", "Origin not allowed.");
    }
    if (!rate(performance.now())) {
      return new DeepaasError("overloaded", "Too many handshakes.", { retryAfterMs: 1_000 });
    }
    if (connections < maxConnections) return undefined;
    return new DeepaasError("overloaded", "Too many connections.", { retryAfterMs: 5_000 });
  };
}

/** A token bucket: returns true if one more handshake is allowed at `now` (milliseconds). Refused ones take no token. */
export function connectRate(perSecond: number): (now: number) => boolean {
  let left = perSecond;
  let before = 0;
  return (now) => {
    if (perSecond === 0) return true;
    left = Math.min(perSecond, left + ((now - before) * perSecond) / 1_000);
    before = now;
    if (left < 1) return false;
    left--;
    return true;
  };
}

/** Refuses DNS rebinding: a foreign name that resolves to this server arrives in the `Host` header. */
function isAllowedHost(
  { host = "" }: IncomingHttpHeaders,
  allowed: Required<AttachWsOptions>["allowedHosts"],
): boolean {
  if (allowed === "any") return true;
  const given = host.toLowerCase();
  return allowed.includes(given) || allowed.includes(given.replace(/:\d+$/, ""));
}

/** A browser sends the `Origin` of its page but lets any page connect to any server, so the server must check it. */
function isAllowedOrigin(headers: IncomingHttpHeaders, origins: Required<AttachWsOptions>["origins"]): boolean {
  const { origin, host } = headers;
  if (origin === undefined || origins === "any") return true;
  // The scheme is not compared: behind a proxy that terminates TLS it differs.
  if (host !== undefined && URL.parse(origin)?.host === host.toLowerCase()) return true;
  return origins !== "same-origin" && origins.includes(origin);
}
