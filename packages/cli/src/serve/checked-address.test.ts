import { expect, test } from "vitest";
import { accessOptions, hostInUrl } from "./checked-address.ts";

test("an IPv6 address stands in brackets in a URL", () => {
  expect(["::1", "127.0.0.1"].map(hostInUrl)).toEqual(["[::1]", "127.0.0.1"]);
});

const none = { listenIp: "127.0.0.1", allowHost: [], allowOrigin: [], trustProxy: [] };

test("without options the adapters keep their defaults", () => {
  expect(accessOptions(none)).toEqual({ trustProxy: [] });
});

test.each([
  ["127.0.0.1", []],
  ["LocalHost", []],
  ["0:0:0:0:0:0:0:1", []],
  ["127.0.0.5", ["127.0.0.5"]],
  // As clients send it.
  ["::ffff:127.0.0.1", ["[::ffff:7f00:1]"]],
])("--allow-host at %s adds to the names of this machine", (listenIp, more) => {
  const { allowedHosts } = accessOptions({ ...none, listenIp, allowHost: ["example.org"] });
  expect(allowedHosts).toEqual(["localhost", "127.0.0.1", "[::1]", ...more, "example.org"]);
});

test("* allows any host and any origin", () => {
  expect(accessOptions({ ...none, allowHost: ["*"], allowOrigin: ["https://a.example", "*"] })).toMatchObject({
    allowedHosts: "any",
    origins: "any",
  });
});
