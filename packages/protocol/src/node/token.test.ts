import type { IncomingMessage } from "node:http";
import { DeepaasError } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { rpcSubprotocol, toBearerProtocol } from "../rpc/index.ts";
import { bearerChallenge, tokenOf, withoutToken } from "./token.ts";

const requestOf = (parts: { method?: string; url?: string; headers?: IncomingMessage["headers"] }) =>
  ({ method: "GET", url: "/", headers: {}, ...parts }) as IncomingMessage;
const offering = (token: string) => ({ "sec-websocket-protocol": `${rpcSubprotocol}, ${toBearerProtocol(token)}` });

describe("the token of a request", () => {
  test.each<[string, Parameters<typeof requestOf>[0], string | undefined]>([
    ["a header", { headers: { authorization: "Bearer dpk_a-b_c.d~e+f/g==" } }, "dpk_a-b_c.d~e+f/g=="],
    ["a header in other case", { headers: { authorization: "bEARER  abc " } }, "abc"],
    ["another scheme", { headers: { authorization: "Basic YTpi" } }, undefined],
    ["no token", { headers: { authorization: "Bearer " } }, undefined],
    ["two tokens", { headers: { authorization: "Bearer abc, Bearer def" } }, undefined],
    ["a line in it", { headers: { authorization: "Bearer abc\r\nX-Role: admin" } }, undefined],
    ["a NUL in it", { headers: { authorization: "Bearer abc\0" } }, undefined],
    ["a sub-protocol", { headers: offering("grüß\u{1f600}") }, "grüß\u{1f600}"],
    ["a line in a sub-protocol", { headers: offering("abc\r\nX-Role: admin") }, undefined],
    ["a header before a sub-protocol", { headers: { authorization: "Bearer a", ...offering("b") } }, "a"],
    ["a grant in the URL", { url: "/v2/runs/a?after=1&grant=grant.eyJ9.s-_x" }, "grant.eyJ9.s-_x"],
    ["a grant in the URL of HEAD", { method: "HEAD", url: "/v2/runs/a?grant=grant.a" }, "grant.a"],
    ["a grant in the URL of a POST", { method: "POST", url: "/v2/runs/a?grant=grant.a" }, undefined],
    ["a key in the URL", { url: "/v2/runs/a?grant=dpk_abc" }, undefined],
    ["two grants", { url: "/?grant=grant.a&grant=grant.b" }, undefined],
    ["a grant with a line in it", { url: "/?grant=grant.a%0d%0aX-Role:%20admin" }, undefined],
    ["a grant in the path", { url: "/grant=grant.a" }, undefined],
    ["a grant with another name", { url: "/?mygrant=grant.a" }, undefined],
    ["a header before a grant", { url: "/?grant=grant.a", headers: { authorization: "Bearer a" } }, "a"],
  ])("%s", (_what, parts, token) => {
    expect(tokenOf(requestOf(parts))).toBe(token);
  });

  test("a challenge says if a token was refused", () => {
    const refused = 'Bearer error="invalid_token"';
    expect(bearerChallenge(requestOf({}))).toBe("Bearer");
    expect(bearerChallenge(requestOf({ headers: { authorization: "Basic YTpi" } }))).toBe("Bearer");
    expect(bearerChallenge(requestOf({ headers: { authorization: "Bearer abc" } }))).toBe(refused);
    expect(bearerChallenge(requestOf({ headers: { authorization: "Bearer a b c" } }))).toBe(refused);
    expect(bearerChallenge(requestOf({ headers: offering("abc") }))).toBe(refused);
    expect(bearerChallenge(requestOf({ url: "/?grant=grant.a" }))).toBe(refused);
  });
});

describe("an error without the token", () => {
  const token = "dpk_secret";
  const textOf = (error: unknown) => {
    const { message, stack, cause } = error as Error;
    return `${message} ${stack} ${cause === undefined ? "" : JSON.stringify(cause, Object.getOwnPropertyNames(cause))}`;
  };

  test("has neither the token nor its sub-protocol, in no message, stack or cause", () => {
    const cause = new Error(`${toBearerProtocol(token)} is unknown`);
    const error = Object.assign(new TypeError(`cannot read ${token}`, { cause }), { request: { token } });
    const copy = withoutToken(error, token) as Error;
    expect([copy.name, copy.message]).toEqual(["TypeError", "cannot read [token]"]);
    expect((copy.cause as Error).message).toBe("[token] is unknown");
    expect(copy.stack).toContain("token.test.ts");
    expect(`${textOf(copy)} ${JSON.stringify(copy)}`).not.toMatch(/secret|ZHBrX3NlY3JldA/);
  });

  test("keeps code, issues and retryAfterMs of a DeepaasError", () => {
    const issues = [{ pointer: `/${token}`, rule: "type", message: `not ${token}` }];
    const error = new DeepaasError("rate_limited", `${token} has called too often`, { retryAfterMs: 5, issues });
    const copy = withoutToken(error, token);
    expect(DeepaasError.is(copy) && copy.toData()).toEqual({
      code: "rate_limited",
      message: "[token] has called too often",
      retryAfterMs: 5,
      issues: [{ pointer: "/[token]", rule: "type", message: "not [token]" }],
    });
  });

  test("is an Error, whatever was thrown", () => {
    expect(withoutToken(`no ${token}`, token)).toEqual(new Error("no [token]"));
    expect(withoutToken(undefined, undefined)).toBeInstanceOf(Error);
  });
});
