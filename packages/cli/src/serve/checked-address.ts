import { isIPv6 } from "node:net";
import type { AccessOptions } from "@deepaas/protocol/node";
import { isLoopback } from "@deepaas/protocol/node";
import { CliError } from "../cli-error.ts";
import type { RunSettings } from "../settings/run-settings.ts";

/**
 * Throws for an address that other machines can reach, without authentication and without `--insecure`. Returns what must be said
 * at each start: undefined if nothing.
 */
export function checkAddress(settings: RunSettings): string | undefined {
  const { listenIp: address, insecure } = settings;
  if (hasAuthentication(settings) || address.toLowerCase() === "localhost" || isLoopback(address)) return undefined;
  const place = address || "an empty address";
  if (insecure) return `--insecure: anybody who reaches ${place} may call, train and change the models`;
  throw new CliError(
    "failed_precondition",
    `${place} can be reached from other machines, and there is no authentication`,
    {
      hint: "set DEEPAAS_API_KEY, or make keys with deepaas key and name their file with --api-key-file; or add --insecure to serve anybody",
    },
  );
}

export function hasAuthentication({ apiKey, apiKeyFile, oidcIssuer }: RunSettings): boolean {
  return (apiKey ?? apiKeyFile ?? oidcIssuer) !== undefined;
}

/** Of the key for the server's own user, and of that in `DEEPAAS_API_KEY`. A key file cannot have a key of the same name. */
export const ownKeyNames = ["local", "env"] as const;

/** True if the service has callers to authenticate or to limit. */
export function needsAccess(settings: RunSettings): boolean {
  return hasAuthentication(settings) || (settings.requestsPerCaller ?? settings.callsPerCaller) !== undefined;
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
