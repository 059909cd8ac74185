import type { IncomingHttpHeaders } from "node:http";
import type { AttachWsOptions } from "./attach-ws-options.ts";

/** A name that somebody else makes point at this server comes with that name in `Host`. */
export function isAllowedHost(
  { host = "" }: IncomingHttpHeaders,
  allowed: Required<AttachWsOptions>["allowedHosts"],
): boolean {
  if (allowed === "any") return true;
  const given = host.toLowerCase();
  return allowed.includes(given) || allowed.includes(given.replace(/:\d+$/, ""));
}
