import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { clientAddress } from "./client-address.ts";

const from = (remoteAddress: string | undefined, forwarded?: string) =>
  ({ headers: { "x-forwarded-for": forwarded }, socket: { remoteAddress } }) as unknown as IncomingMessage;

describe("without a proxy", () => {
  const addressOf = clientAddress("test");

  test.each([
    ["10.0.0.1", "10.0.0.1"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["2001:db8::1", "2001:db8::1"],
    [undefined, ""],
  ])("the address of the connection %s is that of the client", (remote, address) => {
    expect(addressOf(from(remote))).toBe(address);
    expect(addressOf(from(remote, "1.2.3.4"))).toBe(address);
  });
});

describe("behind a proxy", () => {
  const addressOf = clientAddress("test", ["127.0.0.1", "10.0.0.0/8"]);

  test.each([
    ["1.2.3.4", "1.2.3.4"],
    ["6.6.6.6, 1.2.3.4", "1.2.3.4"],
    ["6.6.6.6, 1.2.3.4, 10.0.0.7", "1.2.3.4"],
    ["1.2.3.4:5678", "1.2.3.4"],
    ["[2001:db8::1]:80", "2001:db8::1"],
    ["2001:db8::1", "2001:db8::1"],
    ["6.6.6.6, unknown, 10.0.0.7", "10.0.0.7"],
    ["garbage", "127.0.0.1"],
    ["10.0.0.1", "10.0.0.1"],
    ["", "127.0.0.1"],
    [undefined, "127.0.0.1"],
  ])("X-Forwarded-For: %s", (forwarded, address) => {
    expect(addressOf(from("127.0.0.1", forwarded))).toBe(address);
  });

  test("another peer is not believed", () => expect(addressOf(from("9.9.9.9", "1.2.3.4"))).toBe("9.9.9.9"));
});

test("the networks are checked", () => {
  expect(() => clientAddress("test", ["nonsense"])).toThrow(/^test: trustProxy must be a list/);
});
