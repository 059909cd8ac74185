import { BlockList, isIPv6 } from "node:net";
import { CliError } from "./cli-error.ts";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

/** An address that only this machine can reach. */
export function isLoopback(address: string): boolean {
  return address.toLowerCase() === "localhost" || loopback.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** There is no authentication: whoever can connect may predict, train and read. */
export function checkAddress(address: string, insecure: boolean): void {
  if (isAllowed(insecure) || isLoopback(address)) return;
  throw new CliError(
    `${address || "an empty address"} can be reached from other machines, and nobody is asked who they are: add --insecure (or set DEEPAAS_INSECURE=1) to serve there all the same`,
  );
}

function isAllowed(insecure: boolean): boolean {
  return insecure || /^(1|true|yes|on)$/i.test(process.env.DEEPAAS_INSECURE ?? "");
}

/**
 * What the `Host` of a WebSocket handshake may be: where only this machine can connect, one of its own names, so that no
 * page whose name is made to point at it does (DNS rebinding). A proxy on this machine may pass on another: that is `--insecure`, too.
 */
export function allowedHosts(address: string, insecure: boolean): "any" | readonly string[] {
  if (isAllowed(insecure) || !isLoopback(address)) return "any";
  const own = URL.parse(`http://${hostInUrl(address)}`)?.hostname;
  return [...new Set(["localhost", "127.0.0.1", "[::1]", ...(own ? [own] : [])])];
}

/** As it stands in a URL. */
export function hostInUrl(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}
