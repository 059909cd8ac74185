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
  const allowed = insecure || /^(1|true|yes|on)$/i.test(process.env.DEEPAAS_INSECURE ?? "");
  if (allowed || isLoopback(address)) return;
  throw new CliError(
    `${address || "an empty address"} can be reached from other machines, and nobody is asked who they are: add --insecure (or set DEEPAAS_INSECURE=1) to serve there all the same`,
  );
}

/** As it stands in a URL. */
export function hostInUrl(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}
