import { createHmac } from "node:crypto";
import { expect, onTestFinished, test, vi } from "vitest";
import { type GrantsOptions, grants } from "./grants.ts";
import { anyRequest } from "./testing/request.ts";

const secret = "0123456789abcdef0123456789abcdef";
const asked = { run: "run-1", caller: "key:ann", seconds: 60 };
const invalid = expect.objectContaining({ code: "unauthenticated", message: "The grant is not valid." });

function withTime(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  onTestFinished(() => void vi.useRealTimers());
}

const signed = (payload: object) => {
  const body = `grant.${Buffer.from(JSON.stringify(payload)).toString("base64url")}`;
  return `${body}.${createHmac("sha256", secret).update(body).digest("base64url")}`;
};

test("a grant reads its run until it expires", () => {
  withTime();
  const all = grants({ secret });
  const { token, expiresAt } = all.sign(asked);
  expect(Date.parse(expiresAt)).toBe(Date.now() + 60_000);
  expect(token).toMatch(/^grant\.[\w-]+\.[\w-]+$/);
  const caller = all(anyRequest, token);
  expect(caller).toMatchObject({ id: "grant:run-1", scopes: ["read#run-1"] });
  expect(all(anyRequest, token)).toBe(caller);
  expect(grants({ secret })(anyRequest, token)).toMatchObject({ id: "grant:run-1" });
  vi.advanceTimersByTime(59_999);
  expect(caller?.signal?.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(caller?.signal?.reason).toMatchObject({ message: "The credentials have expired." });
  expect(() => all(anyRequest, token)).toThrow("The credentials have expired.");
  expect(() => grants({ secret })(anyRequest, token)).toThrow("The credentials have expired.");
});

test("other tokens are of no interest", () => {
  const all = grants({ secret });
  for (const token of [undefined, "", "dpk_x", "a.b.c", "GRANT.a.b"]) expect(all(anyRequest, token)).toBeUndefined();
});

test("a forged grant is refused", () => {
  const all = grants({ secret });
  const { token } = all.sign(asked);
  const [, payload = "", signature = ""] = token.split(".");
  const other = Buffer.from(JSON.stringify({ v: 1, run: "run-2", by: "key:ann", iat: 0, exp: 1e15 })).toString(
    "base64url",
  );
  for (const forged of [
    "grant.",
    "grant..",
    "grant.a",
    `grant.${payload}`,
    `grant.${payload}.`,
    `grant.${payload}.${signature.slice(0, -1)}`,
    `grant.${payload}.${signature}=`,
    `grant.${payload}.${signature}.`,
    `grant.${payload}.${signature.toLowerCase()}`,
    `grant.${other}.${signature}`,
    `grant.${payload}.${"A".repeat(43)}`,
    `grant.${payload}.${"é".repeat(43)}`,
    `${token}${"A".repeat(3_000)}`,
    grants({ secret: `${secret}2` }).sign(asked).token,
    // As signed by another version of the server.
    signed({ v: 2, run: "run-1", by: "key:ann", iat: 0, exp: 1e15 }),
  ]) {
    expect(() => all(anyRequest, forged), forged).toThrow(invalid);
  }
});

test("a grant ends with the credentials of who made it", () => {
  const ended = new AbortController();
  const signalOf = vi.fn<NonNullable<GrantsOptions["signalOf"]>>(() => ended.signal);
  const all = grants({ secret, signalOf });
  const before = Date.now();
  const { token } = all.sign(asked);
  const caller = all(anyRequest, token);
  expect(signalOf).toHaveBeenCalledExactlyOnceWith("key:ann", expect.any(Number));
  expect(signalOf.mock.calls[0]?.[1]).toBeGreaterThanOrEqual(before);
  const { signal } = caller ?? {};
  ended.abort();
  expect(signal?.reason).toMatchObject({ code: "unauthenticated", message: "The credentials were revoked." });
  expect(() => all(anyRequest, token)).toThrow("The credentials were revoked.");
  expect(() => grants({ secret, signalOf })(anyRequest, token)).toThrow("The credentials were revoked.");
});

test("the comparison takes constant time", async () => {
  const { default: crypto } = await import("node:crypto");
  const { syncBuiltinESMExports } = await import("node:module");
  const compare = vi.spyOn(crypto, "timingSafeEqual");
  syncBuiltinESMExports();
  onTestFinished(() => {
    compare.mockRestore();
    syncBuiltinESMExports();
  });
  const all = grants({ secret });
  all(anyRequest, all.sign(asked).token);
  expect(compare).toHaveBeenCalledTimes(1);
});

test.each([
  [{ seconds: 0 }, "invalid_args"],
  [{ seconds: 604_801 }, "invalid_args"],
  [{ seconds: 1.5 }, "invalid_args"],
  [{ run: "../x" }, "invalid_args"],
  // A grant must not renew itself.
  [{ caller: "grant:run-1" }, "permission_denied"],
])("a grant with %j is refused", (changes, code) => {
  expect(() => grants({ secret }).sign({ ...asked, ...changes })).toThrow(expect.objectContaining({ code }));
});

test.each([{ secret: "short" }, { secret: 5 }, {}, { secret: new Uint8Array(31) }, { secret, isValid: 1 }])(
  "the options %j are refused",
  (options) => expect(() => grants(options as unknown as GrantsOptions)).toThrow(TypeError),
);

test("the secret may be bytes, and is copied", () => {
  const bytes = new Uint8Array(32).fill(7);
  const all = grants({ secret: bytes });
  const { token } = all.sign(asked);
  bytes.fill(0);
  expect(all(anyRequest, token)).toMatchObject({ id: "grant:run-1" });
});
