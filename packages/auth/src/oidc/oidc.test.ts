import { createHmac } from "node:crypto";
import { type CryptoKey, exportSPKI, importJWK } from "jose";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { rateLimited } from "../limits/rate-limited.ts";
import { fakeIssuer, type IssuerKey, newKey, tokenOf } from "../testing/fake-issuer.ts";
import { memoryLogger } from "../testing/memory-logger.ts";
import { anyRequest } from "../testing/request.ts";
import { oidc } from "./oidc.ts";
import type { OidcOptions } from "./oidc-options.ts";

async function opened(options: Partial<OidcOptions> = {}, ...keys: readonly IssuerKey[]) {
  const key = keys[0] ?? (await newKey("a"));
  const issuer = await fakeIssuer(key, ...keys.slice(1));
  const logger = memoryLogger();
  const authenticate = oidc({ issuer: issuer.url, audience: "deepaas", scopes: ["read"], logger, ...options });
  const call = async (token: string | undefined) => authenticate(anyRequest, token);
  const signed = (claims?: Record<string, unknown>, by = key) => tokenOf(issuer, by, claims);
  return { issuer, key, authenticate, call, signed, logger };
}

const now = () => Math.floor(Date.now() / 1000);
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

test.each(["RS256", "PS384", "ES256", "ES512", "EdDSA"])("a token with %s is accepted", async (alg) => {
  const { call, signed, issuer } = await opened({}, await newKey("a", alg));
  expect(await call(await signed())).toMatchObject({ id: `${issuer.url}#ann`, scopes: ["read"] });
});

test("a token that was verified before has its caller at once, without a promise", async () => {
  const { authenticate, call, signed, issuer } = await opened();
  const token = await signed();
  const [one, two] = await Promise.all([call(token), call(token)]);
  expect(one).toBe(two);
  expect(authenticate(anyRequest, token)).toBe(one);
  expect(issuer.requests).toEqual(["/.well-known/openid-configuration", "/jwks"]);
});

test("a token of another kind or issuer is of no interest, and costs no request", async () => {
  const { authenticate, signed, issuer } = await opened();
  const others = [
    undefined,
    "",
    "dpk_x",
    "grant.a.b",
    "a.b.c",
    `${base64url({})}.${base64url(5)}.x`,
    "x".repeat(20_000),
  ];
  for (const token of [...others, await signed({ iss: "https://other.example" }), await signed({ iss: undefined })]) {
    expect(authenticate(anyRequest, token)).toBeUndefined();
  }
  expect(issuer.requests).toEqual([]);
});

test("one after the clock skew has expired, and its caller ends then", async () => {
  const { authenticate, call, signed } = await opened();
  const token = await signed({ exp: now() + 60 });
  const caller = await call(token);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const { signal } = caller ?? {};
  vi.advanceTimersByTime(85_000);
  expect(authenticate(anyRequest, token)).toBe(caller);
  vi.advanceTimersByTime(6_000);
  expect(signal?.reason).toMatchObject({ code: "unauthenticated", message: "The credentials have expired." });
  await expect(call(token)).rejects.toMatchObject({ code: "unauthenticated", message: "The token has expired." });
});

test("of the refused tokens only an expired one is no guess", async () => {
  const { call, signed, key } = await opened();
  const limited = rateLimited((_request, token) => call(token), { failures: { requests: 1, seconds: 60 } });
  const refusal = async (token: string) => (async () => limited(anyRequest, token))().catch((error: unknown) => error);
  const forged = await signed({ exp: 1 }, await newKey(key.kid));
  for (let i = 0; i < 3; i++)
    expect(await refusal(await signed({ exp: 1 }))).toMatchObject({ message: "The token has expired." });
  expect(await refusal(forged)).toMatchObject({ message: "The signature of the token is not valid." });
  expect(await refusal(forged)).toMatchObject({ code: "rate_limited" });
});

describe("a token is refused", () => {
  test.each([
    [{ exp: 1 }, "The token has expired."],
    [{ exp: now() - 31 }, "The token has expired."],
    [{ exp: undefined }, "The claim exp of the token is missing or not valid."],
    [{ exp: "tomorrow" }, "The claim exp of the token is missing or not valid."],
    [{ nbf: now() + 300 }, "The token is not valid yet."],
    [{ aud: "other" }, "The token is for another audience."],
    [{ aud: ["other", "others"] }, "The token is for another audience."],
    [{ aud: undefined }, "The token is for another audience."],
    [{ sub: undefined }, "The claim sub of the token is missing or not valid."],
    [{ sub: "" }, "The claim sub of the token is missing or not valid."],
    [{ sub: "a\nb" }, "The claim sub of the token is missing or not valid."],
    [{ sub: "é" }, "The claim sub of the token is missing or not valid."],
    [{ sub: "x".repeat(256) }, "The claim sub of the token is missing or not valid."],
  ])("with the claims %j", async (claims, message) => {
    const { call, signed } = await opened();
    await expect(call(await signed(claims))).rejects.toMatchObject({ code: "unauthenticated", message });
  });

  test("with a signature of another key, and a changed payload", async () => {
    const { call, signed, issuer } = await opened();
    const message = "The signature of the token is not valid.";
    await expect(call(await signed({}, await newKey("a")))).rejects.toMatchObject({ code: "unauthenticated", message });
    const [header, , signature] = (await signed()).split(".");
    const payload = base64url({ iss: issuer.url, aud: "deepaas", sub: "root", exp: now() + 60 });
    await expect(call(`${header}.${payload}.${signature}`)).rejects.toMatchObject({ message });
  });

  test("with the algorithm none", async () => {
    const { call, issuer } = await opened();
    const payload = base64url({ iss: issuer.url, aud: "deepaas", sub: "ann", exp: now() + 60 });
    for (const alg of ["none", "None", "NONE", "", null]) {
      const header = base64url({ alg, kid: "a" });
      for (const signature of ["", "AAAA"]) {
        await expect(call(`${header}.${payload}.${signature}`)).rejects.toMatchObject({ code: "unauthenticated" });
      }
    }
  });

  test("with a public key as the secret of an HMAC", async () => {
    const { call, issuer, key } = await opened({}, await newKey("a", "RS256"));
    const publicKey = await importJWK(key.jwk, "RS256");
    const pem = await exportSPKI(publicKey as CryptoKey);
    for (const secret of [pem, pem.trim(), key.jwk.n ?? "", JSON.stringify(key.jwk)]) {
      const body = `${base64url({ alg: "HS256", kid: "a" })}.${base64url({ iss: issuer.url, aud: "deepaas", sub: "ann", exp: now() + 60 })}`;
      const token = `${body}.${createHmac("sha256", secret).update(body).digest("base64url")}`;
      const message = "The signature algorithm of the token is not allowed.";
      await expect(call(token)).rejects.toMatchObject({ code: "unauthenticated", message });
    }
  });

  test("with a secret key that the issuer publishes", async () => {
    const { call, issuer } = await opened();
    issuer.keys = [{ kty: "oct", k: Buffer.from("s".repeat(32)).toString("base64url"), kid: "a", alg: "HS256" }];
    const body = `${base64url({ alg: "HS256", kid: "a" })}.${base64url({ iss: issuer.url, aud: "deepaas", sub: "ann", exp: now() + 60 })}`;
    const token = `${body}.${createHmac("sha256", "s".repeat(32)).update(body).digest("base64url")}`;
    await expect(call(token)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  test("with a key of its own in the header, or a critical extension", async () => {
    const { call, issuer } = await opened();
    const mallory = await newKey("a");
    const { SignJWT } = await import("jose");
    const claims = { iss: issuer.url, aud: "deepaas", sub: "ann", exp: now() + 60 };
    const own = await new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256", jwk: mallory.jwk, jku: `${issuer.url}/mallory`, kid: "a" })
      .sign(mallory.privateKey);
    await expect(call(own)).rejects.toMatchObject({ code: "unauthenticated" });
    const critical = `${base64url({ alg: "ES256", kid: "a", crit: ["b64"], b64: false })}.${base64url(claims)}.AAAA`;
    await expect(call(critical)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(issuer.requests).not.toContain("/mallory");
  });

  test("without kid if there are several keys", async () => {
    const { call, issuer, key } = await opened({}, await newKey("a"), await newKey("b"));
    const token = await tokenOf(issuer, { ...key, kid: undefined as unknown as string });
    await expect(call(token)).rejects.toMatchObject({ code: "unauthenticated", message: /does not name its key/ });
  });
});

test("the audience may be one of several, or any if it is said", async () => {
  const { call, signed, issuer } = await opened({ audience: ["one", "deepaas"] });
  expect(await call(await signed({ aud: ["x", "one"] }))).toMatchObject({ id: `${issuer.url}#ann` });
  const any = oidc({ issuer: issuer.url, audience: "any", scopes: ["read"] });
  expect(await any(anyRequest, await signed({ aud: undefined }))).toMatchObject({ id: `${issuer.url}#ann` });
});

test("the clock skew is allowed, and can be changed", async () => {
  const { call, signed, issuer } = await opened();
  expect(await call(await signed({ exp: now() - 20, nbf: now() + 20 }))).toMatchObject({ scopes: ["read"] });
  const strict = oidc({ issuer: issuer.url, audience: "deepaas", scopes: ["read"], clockSkewSeconds: 0 });
  const token = await signed({ exp: now() - 1 });
  await expect((async () => strict(anyRequest, token))()).rejects.toMatchObject({ message: "The token has expired." });
});

describe("groups", () => {
  const group = { "urn:egi:users": ["predict"], staff: ["train", "read@m"], constructor: ["admin"] };

  test.each([
    [{ groups: ["staff", "x"] }, ["read", "train", "read@m"]],
    [{ groups: "staff" }, ["read", "train", "read@m"]],
    [{ eduperson_entitlement: ["urn:egi:users"], roles: ["staff"] }, ["read", "predict", "train", "read@m"]],
    [{ entitlements: [] }, ["read"]],
    [{ groups: [5, null, { staff: 1 }] }, ["read"]],
    [{ groups: ["toString", "__proto__"] }, ["read"]],
  ])("the token with %j has the scopes %j", async (claims, scopes) => {
    const { call, signed, issuer } = await opened({ group });
    expect(await call(await signed(claims))).toMatchObject({ scopes });
    expect(issuer.requests).not.toContain("/userinfo");
  });

  test("are read from the userinfo once if the token has none", async () => {
    const { call, signed, issuer, authenticate } = await opened({ group });
    const token = await signed();
    issuer.userinfo.set(token, { sub: "ann", eduperson_entitlement: ["urn:egi:users"] });
    const callers = await Promise.all([call(token), call(token), call(token)]);
    expect(callers[0]).toMatchObject({ scopes: ["read", "predict"] });
    expect(authenticate(anyRequest, token)).toBe(callers[0]);
    expect(issuer.requests.filter((path) => path === "/userinfo")).toHaveLength(1);
  });

  test("are read from the claims of the option", async () => {
    const { call, signed } = await opened({ group, groupClaims: ["teams"] });
    expect(await call(await signed({ teams: ["staff"], groups: ["urn:egi:users"] }))).toMatchObject({
      scopes: ["read", "train", "read@m"],
    });
  });

  test("an issuer without userinfo has no more than the token", async () => {
    const { call, signed, issuer } = await opened({ group });
    delete issuer.metadata.userinfo_endpoint;
    expect(await call(await signed())).toMatchObject({ scopes: ["read"] });
  });

  test("a userinfo that is about somebody else, or refuses the token, refuses it", async () => {
    const { call, signed, issuer } = await opened({ group });
    const token = await signed();
    await expect(call(token)).rejects.toMatchObject({ message: "The issuer does not accept the token." });
    issuer.userinfo.set(token, { sub: "bob", groups: ["staff"] });
    await expect(call(token)).rejects.toMatchObject({ code: "unauthenticated", message: /another subject/ });
  });

  test("a userinfo that fails is unavailable, and is asked again by the next call", async () => {
    const { call, signed, issuer } = await opened({ group });
    const token = await signed();
    issuer.answers.set("/userinfo", (_request, response) => void response.writeHead(500).end());
    await expect(call(token)).rejects.toMatchObject({ code: "unavailable", retryAfterMs: expect.any(Number) });
    issuer.answers.delete("/userinfo");
    issuer.userinfo.set(token, { sub: "ann", groups: "staff" });
    expect(await call(token)).toMatchObject({ scopes: ["read", "train", "read@m"] });
  });
});

test("nothing of a token is in an error or in the log", async () => {
  const { call, signed, issuer, logger } = await opened({ group: { staff: ["read"] } });
  issuer.answers.set("/userinfo", (_request, response) => void response.writeHead(500).end("s3cret-body"));
  const tokens = [
    await signed({ sub: "s3cret-sub" }),
    await signed({ exp: 1, note: "s3cret-claim" }),
    await signed({ aud: "s3cret-audience" }),
    await signed({ sub: "s3cret-sub" }, await newKey("a")),
    await signed({ sub: "s3cret-sub" }, await newKey("s3cret-kid")),
  ];
  for (const token of tokens) {
    const error = await call(token).then(
      () => undefined,
      (one: Error) => one,
    );
    expect(error).toBeInstanceOf(Error);
    logger.error({ err: error }, "as a server would log it");
  }
  const text = logger.lines.join("\n");
  for (const token of tokens) for (const part of token.split(".")) expect(text).not.toContain(part);
  expect(text).not.toContain("s3cret");
});

test.each([
  [{ issuer: "http://aai.egi.eu" }, "issuer must be an https URL"],
  [{ issuer: "aai.egi.eu" }, "issuer must be an https URL"],
  [{ issuer: "https://a.example?x" }, "issuer must be an https URL"],
  [{ issuer: "https://u:p@a.example" }, "issuer must be an https URL"],
  [{ audience: undefined }, "audience must be"],
  [{ audience: [] }, "audience must be"],
  [{ audience: "" }, "audience must be"],
  [{ scopes: [] }, "nobody may do anything"],
  [{ scopes: ["write"] }, 'no scope "write"'],
  [{ scopes: "read" }, "scopes must be a list"],
  [{ group: [] }, "group must be an object"],
  [{ group: { a: ["write"] } }, 'no scope "write"'],
  [{ groupClaims: "groups" }, "groupClaims must be a list"],
  [{ clockSkewSeconds: -1 }, "clockSkewSeconds must be a whole number"],
  [{ maxTokens: 0 }, "maxTokens must be a whole number"],
  [{ timeoutMs: 0.5 }, "timeoutMs must be a whole number"],
  [{ algorithms: ["HS256"] }, 'there is no option "algorithms"'],
])("the options %j are refused", (changes, message) => {
  const options = { issuer: "https://a.example", audience: "me", scopes: ["read"], ...changes };
  expect(() => oidc(options as unknown as OidcOptions)).toThrow(message);
});
