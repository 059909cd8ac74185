import { expect, test } from "vitest";
import { allowedHosts, hostInUrl, isLoopback } from "./checked-address.ts";

test.each(["127.0.0.1", "127.255.0.9", "localhost", "LocalHost", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1"])(
  "%s can be reached from this machine only",
  (address) => expect(isLoopback(address)).toBe(true),
);

test.each([
  "0.0.0.0",
  "::",
  "",
  "10.0.0.1",
  "128.0.0.1",
  "::ffff:10.0.0.1",
  "localhost.example",
  "127.0.0.1.example",
  "1270.0.0.1",
])("%j can be reached from other machines", (address) => expect(isLoopback(address)).toBe(false));

test("an IPv6 address stands in brackets in a URL", () => {
  expect(["::1", "127.0.0.1"].map(hostInUrl)).toEqual(["[::1]", "127.0.0.1"]);
});

test.each([
  ["127.0.0.1", []],
  ["LocalHost", []],
  ["0:0:0:0:0:0:0:1", []],
  ["127.0.0.5", ["127.0.0.5"]],
  // As clients send it.
  ["::ffff:127.0.0.1", ["[::ffff:7f00:1]"]],
])("at %s the names of this machine are allowed", (address, more) => {
  expect(allowedHosts(address, false)).toEqual(["localhost", "127.0.0.1", "[::1]", ...more]);
});

test("any name is allowed where other machines can connect, and with --insecure", () => {
  expect([allowedHosts("0.0.0.0", false), allowedHosts("127.0.0.1", true)]).toEqual(["any", "any"]);
});
