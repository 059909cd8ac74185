// Addresses and networks of the peers of a server.
import { BlockList, isIP, isIPv4 } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

/** True for an address that only this machine can reach. False for a text that is not an address. */
export function isLoopback(address: string): boolean {
  return isIP(address) !== 0 && loopback.check(address, familyOf(address));
}

/** Returns a function that is true for an address in `networks`. Throws a TypeError for an invalid one. */
export function trustedPeers(caller: string, networks: unknown): (address: string | undefined) => boolean {
  if (!Array.isArray(networks)) throw invalid(caller);
  if (networks.length === 0) return () => false;
  const list = new BlockList();
  for (const network of networks as unknown[]) {
    const [address = "", bits, ...rest] = typeof network === "string" ? network.split("/") : [];
    const width = isIPv4(address) ? 32 : 128;
    if (
      isIP(address) === 0 ||
      rest.length > 0 ||
      (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= width))
    ) {
      throw invalid(caller);
    }
    list.addSubnet(address, bits === undefined ? width : Number(bits), familyOf(address));
  }
  // A socket that listens for IPv6 and IPv4 has IPv4 addresses in their IPv6 form.
  return (address) => {
    const plain = address?.replace(/^::ffff:(?=\d+\.)/, "");
    return plain !== undefined && isIP(plain) !== 0 && list.check(plain, familyOf(plain));
  };
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv4(address) ? "ipv4" : "ipv6";
}

function invalid(caller: string): TypeError {
  return new TypeError(`${caller}: trustProxy must be a list of addresses such as ["127.0.0.1", "10.0.0.0/8"].`);
}
