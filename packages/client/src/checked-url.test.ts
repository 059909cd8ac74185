import { expect, test } from "vitest";
import { checkedUrl } from "./checked-url.ts";
import { connectRest } from "./connect-rest.ts";
import { connectWs } from "./ws/connect-ws.ts";

test.each(["localhost:5000", "127.0.0.1:5000/base", "example.org"])("%s lacks its scheme", (url) => {
  for (const [connect, name] of [
    [connectRest, "connectRest"],
    [connectWs, "connectWs"],
  ] as const) {
    expect(() => connect(url)).toThrow(`${name}: ${url} must start with http://`);
  }
});

test.each(["ftp://example.org", "", "http://", "/v2"])("%j is refused", (url) => {
  expect(() => connectRest(url)).toThrow(TypeError);
});

test("slashes at the end are removed", () => {
  expect(checkedUrl("connectRest", new URL("HTTP://Example.org/base//"))).toBe("http://example.org/base");
});
