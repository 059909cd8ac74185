import { isIPv6 } from "node:net";
import type { AccessOptions } from "@deepaas/protocol/node";
import { isLoopback } from "@deepaas/protocol/node";
import { CliError } from "../cli-error.ts";
import type { RunSettings } from "../settings/run-settings.ts";

/** Throws for an address that other machines can reach: there is no authentication. */
export function checkAddress(address: string, insecure: boolean): void {
  if (insecure || address.toLowerCase() === "localhost" || isLoopback(address)) return;
  throw new CliError(
    "failed_precondition",
    `${address || "an empty address"} can be reached from other machines, and there is no authentication: add --insecure (or set DEEPAAS_INSECURE=1) to serve there anyway`,
  );
}

/** Returns the options of the adapters that say which web pages may call the server. */
export function accessOptions(settings: Pick<RunSettings, "listenIp" | "allowHost" | "allowOrigin" | "trustProxy">) {
  const { listenIp, allowHost, allowOrigin, trustProxy } = settings;
  const own = URL.parse(`http://${hostInUrl(listenIp)}`)?.hostname;
  const ownHosts = [...new Set(["localhost", "127.0.0.1", "[::1]", ...(own ? [own] : [])])];
  return {
    ...(allowHost.length > 0 && { allowedHosts: allowHost.includes("*") ? "any" : [...ownHosts, ...allowHost] }),
    ...(allowOrigin.length > 0 && { origins: allowOrigin.includes("*") ? "any" : allowOrigin }),
    trustProxy,
  } satisfies AccessOptions;
}

/** Returns the address as it is written in a URL. */
export function hostInUrl(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}
