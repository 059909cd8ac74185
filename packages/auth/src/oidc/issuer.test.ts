// An issuer that is down, slow, wrong or changes its keys, and tokens that would make the server ask it often.
import { expect, onTestFinished, test, vi } from "vitest";
import { type FakeIssuer, fakeIssuer, json, newKey, tokenOf } from "../testing/fake-issuer.ts";
import { memoryLogger } from "../testing/memory-logger.ts";
import { anyRequest } from "../testing/request.ts";
import { oidc } from "./oidc.ts";

const discovery = "/.well-known/openid-configuration";

async function opened(change: (issuer: FakeIssuer) => void = () => {}) {
  const key = await newKey("a");
  const issuer = await fakeIssuer(key);
  change(issuer);
  const logger = memoryLogger();
  const all = oidc({ issuer: issuer.url, audience: "deepaas", scopes: ["read"], timeoutMs: 2_000, logger });
  const call = async (token: string) => all(anyRequest, token);
  return { issuer, key, call, logger, load: all.load };
}

const realNow = Date.now;

/** Sets the clock forwards, so that waiting times are over. */
function later(ms: number): void {
  const moved = vi.spyOn(Date, "now").mockImplementation(() => realNow.call(Date) + ms);
  onTestFinished(() => moved.mockRestore());
}

const unavailable = { code: "unavailable", retryAfterMs: expect.any(Number) };

test("a thousand tokens with unknown keys cost a few requests", async () => {
  const { issuer, key, call } = await opened();
  const storm = async () => {
    const tokens = await Promise.all(
      Array.from({ length: 1_000 }, (_, i) => tokenOf(issuer, { ...key, kid: `unknown-${i}` }, { sub: `u${i}` })),
    );
    const results = await Promise.allSettled(tokens.map(call));
    expect(results.every((one) => one.status === "rejected" && one.reason.code === "unauthenticated")).toBe(true);
  };
  await storm();
  expect(issuer.requests).toEqual([discovery, "/jwks"]);
  later(31_000);
  await storm();
  expect(issuer.requests).toHaveLength(4);
});

test("while the issuer is down known keys go on, and tokens with other keys are unavailable", async () => {
  const { issuer, key, call, logger } = await opened();
  await call(await tokenOf(issuer, key));
  issuer.answers.set(discovery, (request) => request.socket.destroy());
  later(700_000);
  expect(await call(await tokenOf(issuer, key, { sub: "bob" }))).toMatchObject({ id: `${issuer.url}#bob` });
  const unknown = await newKey("b");
  await expect(call(await tokenOf(issuer, unknown))).rejects.toMatchObject(unavailable);
  const asked = issuer.requests.length;
  const tokens = await Promise.all(Array.from({ length: 50 }, (_, i) => tokenOf(issuer, unknown, { sub: `u${i}` })));
  for (const one of await Promise.allSettled(tokens.map(call))) expect(one).toMatchObject({ reason: unavailable });
  expect(issuer.requests).toHaveLength(asked);
  expect(logger.lines.join()).toContain("the keys of the OpenID Connect issuer cannot be read");
  // It is back, with the new key.
  issuer.answers.clear();
  issuer.keys.push(unknown.jwk);
  later(710_000);
  expect(await call(await tokenOf(issuer, unknown))).toMatchObject({ id: `${issuer.url}#ann` });
});

test("a key that the issuer withdrew is refused after ten minutes", async () => {
  const { issuer, key, call } = await opened();
  await call(await tokenOf(issuer, key));
  const next = await newKey("b");
  issuer.keys = [next.jwk];
  later(600_000);
  await expect(call(await tokenOf(issuer, key, { sub: "bob" }))).rejects.toMatchObject({ code: "unauthenticated" });
  expect(await call(await tokenOf(issuer, next))).toMatchObject({ id: `${issuer.url}#ann` });
});

const faults: readonly (readonly [name: string, change: (issuer: FakeIssuer) => void, reason: string])[] = [
  ["is down", ({ answers }) => answers.set(discovery, ({ socket }) => void socket.destroy()), "cannot be reached"],
  ["answers 500", ({ answers }) => answers.set("/jwks", json({}, 500)), "status 500"],
  [
    "redirects",
    ({ answers }) => answers.set("/jwks", (_, response) => void response.writeHead(302, { location: "/x" }).end()),
    "status 302",
  ],
  [
    "answers garbage",
    ({ answers }) => answers.set("/jwks", (_, response) => void response.end("<html>")),
    "JSON object",
  ],
  ["answers with a list", ({ answers }) => answers.set("/jwks", json([])), "JSON object"],
  ["has no keys in its key set", ({ answers }) => answers.set("/jwks", json({ keys: 5 })), "malformed"],
  ["answers too much", ({ answers }) => answers.set("/jwks", json({ keys: [], x: "x".repeat(2 ** 20) })), "1 MiB"],
  [
    "answers with JSON of many levels",
    ({ answers }) => answers.set("/jwks", (_, response) => void response.end(`{"keys":${"[".repeat(5_000)}`)),
    "JSON object",
  ],
  ["is another one", (issuer) => Object.assign(issuer.metadata, { issuer: "https://other.example" }), "other.example"],
  ["has a slash too much", (issuer) => Object.assign(issuer.metadata, { issuer: `${issuer.url}/` }), "not "],
  ["has no keys", (issuer) => Object.assign(issuer.metadata, { jwks_uri: undefined }), "no jwks_uri"],
  ["has keys elsewhere", (issuer) => Object.assign(issuer.metadata, { jwks_uri: "http://a.example/" }), "no jwks_uri"],
  ["has keys in a file", (issuer) => Object.assign(issuer.metadata, { jwks_uri: "file:///etc/passwd" }), "no jwks_uri"],
  [
    "has userinfo elsewhere",
    (issuer) => Object.assign(issuer.metadata, { userinfo_endpoint: "http://a/" }),
    "userinfo",
  ],
];

test.each(faults)("an issuer that %s is unavailable, and the log says why", async (_name, change, reason) => {
  const { issuer, key, call, logger, load } = await opened(change);
  await expect(load()).rejects.toMatchObject(unavailable);
  await expect(call(await tokenOf(issuer, key))).rejects.toMatchObject(unavailable);
  expect(logger.lines).toEqual([expect.stringContaining(reason)]);
});

test("an issuer that does not answer is given up", async () => {
  const { issuer, key, logger } = await opened(({ answers }) =>
    answers.set("/jwks", (_, response) => response.write("{")),
  );
  const all = oidc({ issuer: issuer.url, audience: "deepaas", scopes: ["read"], timeoutMs: 50, logger });
  const token = await tokenOf(issuer, key);
  await expect((async () => all(anyRequest, token))()).rejects.toMatchObject(unavailable);
  expect(logger.lines).toEqual([expect.stringContaining("did not answer within 50 ms")]);
});

test("load reads the keys ahead", async () => {
  const { issuer, key, call, load } = await opened();
  await load();
  await load();
  expect(issuer.requests).toEqual([discovery, "/jwks"]);
  await call(await tokenOf(issuer, key));
  expect(issuer.requests).toHaveLength(2);
});
