import { DeepaasError } from "@deepaas/core";
import type { Authenticate } from "@deepaas/protocol/node";
import { expect, onTestFinished, test, vi } from "vitest";
import { Credential } from "../credential.ts";
import { requestFrom } from "../testing/request.ts";
import { type RateLimitedOptions, rateLimited } from "./rate-limited.ts";

const ann = { id: "ann" };
const refused = { code: "rate_limited", retryAfterMs: expect.any(Number) };

/** Knows the token "good". */
const keys: Authenticate = (_request, token) => {
  if (token === "down") throw new DeepaasError("unavailable", "The issuer is down.");
  if (token?.startsWith("bad")) throw new DeepaasError("unauthenticated", "Wrong.");
  return token === "good" ? ann : undefined;
};

function opened(options: RateLimitedOptions, authenticate: Authenticate = vi.fn(keys)) {
  const limited = rateLimited(authenticate, options);
  const call = async (token: string | undefined, from = requestFrom()) => limited(from, token);
  return { limited, call, authenticate };
}

function withTime(): void {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
}

test("an address has so many requests in so many seconds, whatever they bring", async () => {
  withTime();
  const { call } = opened({ perAddress: { requests: 3, seconds: 10 } });
  expect(await call("good")).toBe(ann);
  expect(await call(undefined)).toBeUndefined();
  expect(await call("good")).toBe(ann);
  await expect(call("good")).rejects.toMatchObject({ code: "rate_limited", retryAfterMs: 10_000 });
  expect(await call("good", requestFrom("10.0.0.2"))).toBe(ann);
  vi.advanceTimersByTime(4_000);
  await expect(call("good")).rejects.toMatchObject({ retryAfterMs: 6_000 });
  vi.advanceTimersByTime(6_000);
  expect(await call("good")).toBe(ann);
});

test("after too many failures the token is not looked at any more", async () => {
  withTime();
  const { call, authenticate } = opened({ failures: { requests: 2, seconds: 10 } });
  await expect(call("bad1")).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(call("bad2")).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(call("bad3")).rejects.toMatchObject(refused);
  await expect(call("good")).rejects.toMatchObject(refused);
  expect(authenticate).toHaveBeenCalledTimes(2);
  expect(await call("good", requestFrom("10.0.0.2"))).toBe(ann);
  vi.advanceTimersByTime(10_000);
  expect(await call("good")).toBe(ann);
  await expect(call("bad4")).rejects.toMatchObject({ code: "unauthenticated" });
});

test("one failure may be allowed only", async () => {
  const { call } = opened({ failures: { requests: 1, seconds: 10 } });
  await expect(call("unknown kind")).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(call("good")).rejects.toMatchObject(refused);
});

test("requests without a token, and those that fail for another reason, are no failed guesses", async () => {
  const { call } = opened({ failures: { requests: 1, seconds: 10 } });
  for (let i = 0; i < 5; i++) {
    expect(await call(undefined)).toBeUndefined();
    await expect(call("down")).rejects.toMatchObject({ code: "unavailable" });
  }
  expect(await call("good")).toBe(ann);
});

test("an expired or revoked key is no failed guess: clients go on trying with it", async () => {
  const revoked = new Credential("ann", []);
  revoked.revoke();
  const { call } = opened({ failures: { requests: 1, seconds: 10 } }, () => {
    throw revoked.end;
  });
  for (let i = 0; i < 5; i++) await expect(call("good")).rejects.toMatchObject({ code: "unauthenticated" });
});

test("authenticators that return promises are counted, too", async () => {
  const later: Authenticate = async (request, token) => keys(request, token);
  const { call } = opened({ failures: { requests: 2, seconds: 10 } }, later);
  expect(await call("good")).toBe(ann);
  expect(await call(undefined)).toBeUndefined();
  await expect(call("bad")).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(call("unknown kind")).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(call("good")).rejects.toMatchObject(refused);
});

test("a known caller comes without a promise", () => {
  expect(opened({ perAddress: { requests: 9, seconds: 10 } }).limited(requestFrom(), "good")).toBe(ann);
});

test("a network of IPv6 with 64 bits is one client", async () => {
  const { call } = opened({ perAddress: { requests: 1, seconds: 10 } });
  await call("good", requestFrom("2001:db8:0:1::1"));
  for (const same of ["2001:db8:0:1::2", "2001:DB8:0:1:ffff:ffff:ffff:ffff", "2001:0db8::1:0:0:0:3"]) {
    await expect(call("good", requestFrom(same))).rejects.toMatchObject(refused);
  }
  for (const other of ["2001:db8:0:2::1", "2001:db8::1", "::1", "fe80::1%eth0"]) {
    expect(await call("good", requestFrom(other))).toBe(ann);
  }
});

test("behind a proxy the client counts, and the header of another peer is not believed", async () => {
  const { call } = opened({ perAddress: { requests: 1, seconds: 10 }, trustProxy: ["127.0.0.1"] });
  const through = (client: string) => requestFrom("127.0.0.1", { "x-forwarded-for": client });
  expect(await call("good", through("1.1.1.1"))).toBe(ann);
  expect(await call("good", through("2.2.2.2"))).toBe(ann);
  await expect(call("good", through("9.9.9.9, 1.1.1.1"))).rejects.toMatchObject(refused);
  const forged = (client: string) => requestFrom("3.3.3.3", { "x-forwarded-for": client });
  expect(await call("good", forged("4.4.4.4"))).toBe(ann);
  await expect(call("good", forged("5.5.5.5"))).rejects.toMatchObject(refused);
});

test.each([
  [{ perAddress: { requests: 0, seconds: 1 } }, "perAddress must be { requests, seconds }"],
  [{ perAddress: { requests: 1 } }, "perAddress must be"],
  [{ perAddress: 5 }, "perAddress must be"],
  [{ perAddress: null }, "perAddress must be"],
  [{ failures: { requests: 1, seconds: 1e6 } }, "failures must be"],
  [{ failures: { requests: 1, seconds: 1, per: "day" } }, "failures must be"],
  [{ trustProxy: ["x"] }, "rateLimited: trustProxy must be"],
  [{ perCaller: 1 }, 'there is no option "perCaller"'],
])("the options %j are refused", (options, message) => {
  expect(() => rateLimited(keys, options as unknown as RateLimitedOptions)).toThrow(message);
});

test("it needs an authenticator", () => {
  expect(() => rateLimited({} as Authenticate)).toThrow("must be an authenticator");
});
