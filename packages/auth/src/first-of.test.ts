import { DeepaasError } from "@deepaas/core";
import type { Authenticate } from "@deepaas/protocol/node";
import { expect, test } from "vitest";
import { firstOf } from "./first-of.ts";
import { anyRequest } from "./testing/request.ts";

const knows =
  (kind: string): Authenticate =>
  (_request, token) => {
    if (token?.startsWith(kind) !== true) return undefined;
    if (token.endsWith("!")) throw new DeepaasError("unauthenticated", kind);
    return { id: kind };
  };
const later =
  (authenticate: Authenticate): Authenticate =>
  async (request, token) =>
    authenticate(request, token);

test("the first that knows the kind of the token decides, and without a promise if it has none", () => {
  const authenticate = firstOf(knows("a"), knows("b"));
  expect(authenticate(anyRequest, "a1")).toEqual({ id: "a" });
  expect(authenticate(anyRequest, "b1")).toEqual({ id: "b" });
  expect(() => authenticate(anyRequest, "a!")).toThrow("a");
  expect(authenticate(anyRequest, undefined)).toBeUndefined();
  expect(() => authenticate(anyRequest, "c")).toThrow(expect.objectContaining({ code: "unauthenticated" }));
});

test("authenticators may return promises", async () => {
  const authenticate = firstOf(later(knows("a")), knows("b"), later(knows("c")));
  for (const kind of ["a", "b", "c"]) {
    expect(await authenticate(anyRequest, `${kind}1`)).toEqual({ id: kind });
    await expect((async () => authenticate(anyRequest, `${kind}!`))()).rejects.toThrow(kind);
  }
  await expect((async () => authenticate(anyRequest, "d"))()).rejects.toMatchObject({ code: "unauthenticated" });
  expect(await authenticate(anyRequest, undefined)).toBeUndefined();
});

test("the error for an unknown token does not show it", () => {
  expect(() => firstOf(knows("a"))(anyRequest, "s3cret")).toThrow(/^((?!s3cret).)*$/);
});

test("it needs functions", () => {
  expect(() => firstOf()).toThrow(TypeError);
  expect(() => firstOf({} as Authenticate)).toThrow(TypeError);
});
