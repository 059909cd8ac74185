import type { IncomingHttpHeaders } from "node:http";
import type { AttachWsOptions } from "./attach-ws-options.ts";

/** A browser sends the `Origin` of its page and lets any page connect anywhere, so the server has to look. */
export function isAllowedOrigin(headers: IncomingHttpHeaders, origins: Required<AttachWsOptions>["origins"]): boolean {
  const { origin, host } = headers;
  if (origin === undefined || origins === "any") return true;
  // Only the host is compared: behind a proxy that ends TLS the schemes differ.
  if (host !== undefined && URL.parse(origin)?.host === host.toLowerCase()) return true;
  return origins !== "same-origin" && origins.includes(origin);
}
