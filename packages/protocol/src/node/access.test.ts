// Each row is a request of a browser or another client, and whether it is refused.
import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { type AccessOptions, accessRule } from "./access.ts";

interface Sent {
  readonly host?: string;
  readonly origin?: string;
  readonly [header: string]: string | undefined;
}

function request(headers: Sent, { local = "127.0.0.1", remote = "127.0.0.1" } = {}): IncomingMessage {
  const rawHeaders = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  const socket = { localAddress: local, remoteAddress: remote };
  return { headers, rawHeaders, socket } as unknown as IncomingMessage;
}

const own = "127.0.0.1:5000";
const codeOf = (
  options: AccessOptions,
  sent: Sent,
  { acts = true, ...addresses }: { acts?: boolean; local?: string; remote?: string } = {},
) => accessRule("rest", options)(request(sent, addresses), acts).refusal?.code;

describe("the host of a connection to loopback", () => {
  test.each([
    "localhost",
    "LOCALHOST:5000",
    "127.0.0.1:5000",
    "127.1.2.3",
    "[::1]:5000",
    "[::ffff:7f00:1]",
    "m.localhost",
    "0.0.0.0:5000",
    "[::]",
  ])("may be %s", (host) => expect(codeOf({}, { host })).toBeUndefined());

  test.each([
    "evil.example",
    "evil.example:5000",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "10.0.0.1",
    "a@localhost",
    "",
  ])("may not be %j", (host) => {
    expect(codeOf({}, { host })).toBe("permission_denied");
    // Reading is refused too.
    expect(codeOf({}, { host }, { acts: false })).toBe("permission_denied");
  });

  test("may be absent: browsers send one", () => expect(codeOf({}, {})).toBeUndefined());

  test("may be any on another address, and with allowedHosts any", () => {
    expect(codeOf({}, { host: "any.example" }, { local: "192.168.1.5" })).toBeUndefined();
    expect(codeOf({ allowedHosts: "any" }, { host: "any.example" })).toBeUndefined();
  });

  test("is one of allowedHosts, and nothing else", () => {
    const options = { allowedHosts: ["Example.org", "b.example:5000"] };
    for (const host of ["example.org", "EXAMPLE.org:8080", "b.example:5000"]) {
      expect(codeOf(options, { host })).toBeUndefined();
    }
    for (const host of ["localhost", "b.example", "b.example:5001", undefined]) {
      expect(codeOf(options, host === undefined ? {} : { host }, { local: "192.168.1.5" })).toBe("permission_denied");
    }
  });

  test("must be sent once", () => {
    const twice = request({ host: own });
    twice.rawHeaders.push("HOST", own);
    expect(accessRule("rest", {})(twice, false).refusal).toMatchObject({ code: "invalid_args" });
  });
});

describe("a request that acts", () => {
  test.each([
    [{}, undefined],
    [{ origin: `http://${own}` }, undefined],
    [{ origin: `https://${own}` }, undefined],
    [{ "sec-fetch-site": "same-origin" }, undefined],
    [{ "sec-fetch-site": "none" }, undefined],
    [{ origin: "http://evil.example" }, "permission_denied"],
    [{ origin: "null" }, "permission_denied"],
    [{ origin: "http://localhost:5000" }, "permission_denied"],
    [{ origin: "http://127.0.0.1:5001" }, "permission_denied"],
    [{ "sec-fetch-site": "cross-site" }, "permission_denied"],
    [{ "sec-fetch-site": "same-site" }, "permission_denied"],
    [{ origin: "http://evil.example", "sec-fetch-site": "same-origin" }, "permission_denied"],
  ])("with %j is refused with %s", (sent, code) => {
    expect(codeOf({}, { host: own, ...sent })).toBe(code);
    // A page may send a request that only reads; the browser hides the response.
    expect(codeOf({}, { host: own, ...sent }, { acts: false })).toBeUndefined();
  });

  test("may come from a listed origin, or from any", () => {
    const origins = ["https://a.example", "http://localhost:3000"];
    expect(
      codeOf({ origins }, { host: own, origin: "http://localhost:3000", "sec-fetch-site": "same-site" }),
    ).toBeUndefined();
    expect(codeOf({ origins }, { host: own, origin: "https://b.example" })).toBe("permission_denied");
    expect(codeOf({ origins: "any" }, { host: own, origin: "null" })).toBeUndefined();
  });

  test("may name the default port of its scheme", () => {
    const options = { allowedHosts: ["example.org"] };
    expect(codeOf(options, { host: "example.org:80", origin: "http://example.org" })).toBeUndefined();
    expect(codeOf(options, { host: "example.org:443", origin: "https://example.org" })).toBeUndefined();
    expect(codeOf(options, { host: "example.org:443", origin: "http://example.org" })).toBe("permission_denied");
  });
});

describe("behind a proxy", () => {
  const forwarded = { host: own, "x-forwarded-host": "example.org", "x-forwarded-proto": "https" };
  const trustProxy = ["127.0.0.1"];

  test("its page is of the forwarded host and scheme", () => {
    const page = { ...forwarded, origin: "https://example.org" };
    expect(codeOf({ trustProxy }, page)).toBeUndefined();
    expect(codeOf({ trustProxy, allowedHosts: ["example.org"] }, page)).toBeUndefined();
    expect(codeOf({ trustProxy }, { ...page, origin: "http://example.org" })).toBe("permission_denied");
    expect(codeOf({ trustProxy, allowedHosts: ["b.example"] }, page)).toBe("permission_denied");
  });

  test("others are not believed", () => {
    const page = { ...forwarded, origin: "https://example.org" };
    expect(codeOf({}, page)).toBe("permission_denied");
    expect(codeOf({ trustProxy }, page, { remote: "10.0.0.9" })).toBe("permission_denied");
  });

  test("a page on this machine cannot claim to be the proxy", () => {
    for (const name of ["localhost", "rebound.example"]) {
      const page = { host: "rebound.example", origin: "http://rebound.example", "x-forwarded-host": name };
      expect(codeOf({ trustProxy }, page)).toBe("permission_denied");
    }
  });

  test("the last value of a list counts, and a prefix must be a path", () => {
    const urlOf = (headers: Sent) => accessRule("rest", { trustProxy })(request(headers), false).url;
    expect(
      urlOf({ host: own, "x-forwarded-host": "spoofed.example, example.org", "x-forwarded-prefix": "/ml/" }),
    ).toEqual({
      host: "example.org",
      proto: undefined,
      prefix: "/ml",
    });
    for (const prefix of ["ml", "//evil.example", "/a b", '/"><script>', "/"]) {
      expect(urlOf({ host: own, "x-forwarded-prefix": prefix }).prefix).toBe("");
    }
  });
});

test.each([
  [{ origins: ["https://a.example/"] }, "origins"],
  [{ origins: ["a.example"] }, "origins"],
  [{ origins: "*" }, "origins"],
  [{ allowedHosts: [] }, "allowedHosts"],
  [{ allowedHosts: ["http://a.example"] }, "allowedHosts"],
  [{ trustProxy: "127.0.0.1" }, "trustProxy"],
])("%j is an error that names the option", (options, name) => {
  expect(() => accessRule("attachWs", options as unknown as AccessOptions)).toThrow(`attachWs: ${name} must be`);
});
