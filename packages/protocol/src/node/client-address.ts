// The address of the client of a request, also behind reverse proxies.
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { trustedPeers } from "./networks.ts";

/** Returns an IP address, or "" if the connection is closed already. */
export type ClientAddress = (request: IncomingMessage) => string;

/**
 * Returns a function for the address of a client: that of the connection, or, if the connection comes from a proxy in
 * `trustProxy`, the last one of `X-Forwarded-For` that is no such proxy. What a client writes into this header itself is to the
 * left of what the proxies append, so it is not read. Throws a TypeError that starts with `caller` for an invalid `trustProxy`.
 */
export function clientAddress(caller: string, trustProxy: readonly string[] = []): ClientAddress {
  const isTrusted = trustedPeers(caller, trustProxy);
  return ({ headers, socket }) => {
    let address = plainAddress(socket.remoteAddress ?? "") ?? "";
    if (!isTrusted(address)) return address;
    const forwarded = String(headers["x-forwarded-for"] ?? "").split(",");
    for (const entry of forwarded.reverse()) {
      const one = plainAddress(entry.trim());
      // Nothing to the left of a malformed entry is believed.
      if (one === undefined) break;
      address = one;
      if (!isTrusted(address)) break;
    }
    return address;
  };
}

/** Without a port, and an IPv4 address not in its IPv6 form. Undefined if it is no address. */
function plainAddress(text: string): string | undefined {
  // Hot path: the usual address of a connection.
  if (isIP(text) === 4) return text;
  const address = (/^\[(.*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text).replace(
    /^::ffff:(?=\d+\.)/i,
    "",
  );
  return isIP(address) === 0 ? undefined : address;
}
