import { expect, test } from "vitest";
import { isLoopback, trustedPeers } from "./networks.ts";

test.each(["127.0.0.1", "127.255.0.9", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1"])("%s is loopback", (address) =>
  expect(isLoopback(address)).toBe(true),
);

test.each([
  "0.0.0.0",
  "::",
  "",
  "10.0.0.1",
  "128.0.0.1",
  "::ffff:10.0.0.1",
  "localhost",
  "127.0.0.1.example",
  "1270.0.0.1",
])("%j is not loopback", (address) => expect(isLoopback(address)).toBe(false));

test.each([
  [["127.0.0.1"], ["127.0.0.1", "::ffff:127.0.0.1"], ["127.0.0.2", "::1", undefined, ""]],
  [
    ["10.0.0.0/8", "fd00::/8"],
    ["10.255.0.1", "fd12::1"],
    ["11.0.0.1", "fe80::1"],
  ],
  [["::1"], ["::1"], ["127.0.0.1"]],
  [["0.0.0.0/0"], ["8.8.8.8"], ["::1"]],
  [[], [], ["127.0.0.1"]],
])("of the peers %j", (networks, trusted, others) => {
  const isTrusted = trustedPeers("rest", networks);
  expect(trusted.map(isTrusted)).toEqual(trusted.map(() => true));
  expect(others.map(isTrusted)).toEqual(others.map(() => false));
});

test.each([["127.0.0.1/33"], ["127.0.0.1/"], ["::1/129"], ["localhost"], [""], [5], "127.0.0.1", ["10.0.0.0/8/8"]])(
  "%j is not a list of addresses",
  (networks) => {
    expect(() => trustedPeers("rest", networks)).toThrow(/^rest: trustProxy must be a list of addresses/);
  },
);
