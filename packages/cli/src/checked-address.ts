import { BlockList, isIPv6 } from "node:net";
import { CliError } from "./cli-error.ts";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

/** True for an address that only this machine can reach. */
export function isLoopback(address: string): boolean {
  return address.toLowerCase() === "localhost" || loopback.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** Throws for an address that other machines can reach: there is no authentication. */
export function checkAddress(address: string, insecure: boolean): void {
  if (insecure || isLoopback(address)) return;
  throw new CliError(
    "failed_precondition",
    `${address || "an empty address"} can be reached from other machines, and there is no authentication: add --insecure (or set DEEPAAS_INSECURE=1) to serve there anyway`,
  );
}

/**
 * Returns the allowed `Host` headers of a WebSocket handshake. On a loopback address these are the names of this machine,
 * which prevents DNS rebinding. A proxy on this machine may send another one: then `--insecure` is needed.
 */
export function allowedHosts(address: string, insecure: boolean): "any" | readonly string[] {
  if (insecure || !isLoopback(address)) return "any";
  const own = URL.parse(`http://${hostInUrl(address)}`)?.hostname;
  return [...new Set(["localhost", "127.0.0.1", "[::1]", ...(own ? [own] : [])])];
}

/** Returns the address as it is written in a URL. */
export function hostInUrl(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}
