// Who may shake hands at all: asked before anything is looked up, so that who may not costs next to nothing.
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { DeepaasError } from "@deepaas/core";
import type { AttachWsOptions, WholeAttachWsOptions } from "../attach-options.ts";

type GateOptions = Pick<WholeAttachWsOptions, "origins" | "allowedHosts" | "maxConnections" | "maxConnectsPerSecond">;

/** Gives the reason to refuse a handshake, if there is one. `connections` are those that there are already. */
export function upgradeGate(
  options: GateOptions,
): (request: IncomingMessage, connections: number) => DeepaasError | undefined {
  const { origins, allowedHosts, maxConnections, maxConnectsPerSecond } = options;
  const rate = connectRate(maxConnectsPerSecond);
  return ({ headers }, connections) => {
    // First, so that a page which may not connect does not use up the rate of those that may.
    if (!isAllowedHost(headers, allowedHosts)) {
      return new DeepaasError("permission_denied", "The server has another name.");
    }
    if (!isAllowedOrigin(headers, origins)) {
      return new DeepaasError("permission_denied", "Pages of this origin may not connect.");
    }
    if (!rate(performance.now())) {
      return new DeepaasError("overloaded", "Too many connects at once.", { retryAfterMs: 1_000 });
    }
    if (connections < maxConnections) return undefined;
    return new DeepaasError("overloaded", "Too many connections.", { retryAfterMs: 5_000 });
  };
}

/** Whether one more may come at `now`, in milliseconds: as many at once as come in a second. What is refused counts for nothing. */
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
export function isAllowedHost(
  { host = "" }: IncomingHttpHeaders,
  allowed: Required<AttachWsOptions>["allowedHosts"],
): boolean {
  if (allowed === "any") return true;
  const given = host.toLowerCase();
  return allowed.includes(given) || allowed.includes(given.replace(/:\d+$/, ""));
}

/** A browser sends the `Origin` of its page but lets any page connect to any server, so the server must check it. */
export function isAllowedOrigin(headers: IncomingHttpHeaders, origins: Required<AttachWsOptions>["origins"]): boolean {
  const { origin, host } = headers;
  if (origin === undefined || origins === "any") return true;
  // The scheme is not compared: behind a proxy that terminates TLS it differs.
  if (host !== undefined && URL.parse(origin)?.host === host.toLowerCase()) return true;
  return origins !== "same-origin" && origins.includes(origin);
}
