// Checks that run before any lookup, so that a rejected handshake is cheap.
import type { IncomingMessage } from "node:http";
import { DeepaasError } from "@deepaas/core";
import type { WholeAttachWsOptions } from "../attach-options.ts";

type GateOptions = Pick<WholeAttachWsOptions, "access" | "maxConnections" | "maxConnectsPerSecond">;

/** Returns a function that returns the error for which a handshake is refused, or undefined. `connections`: open ones. */
export function upgradeGate(
  options: GateOptions,
): (request: IncomingMessage, connections: number) => DeepaasError | undefined {
  const { access, maxConnections, maxConnectsPerSecond } = options;
  const rate = connectRate(maxConnectsPerSecond);
  return (request, connections) => {
    // Before the rate: refused pages must not use up the rate of others.
    const { refusal } = access(request, true);
    if (refusal) return refusal;
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
