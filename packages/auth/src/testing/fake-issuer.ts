// An OpenID Connect issuer on this machine, whose answers a test may change.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { onTestFinished } from "vitest";

export interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface FakeIssuer {
  readonly url: string;
  /** Paths of the requests, in their order. */
  readonly requests: string[];
  /** Instead of what the issuer answers at a path. */
  readonly answers: Map<string, Answer>;
  keys: JWK[];
  metadata: Record<string, unknown>;
  /** Answers of the userinfo endpoint, by the token. */
  readonly userinfo: Map<string, object>;
}

export async function newKey(kid: string, alg = "ES256"): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

export const json =
  (value: unknown, status = 200): Answer =>
  (_request, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  };

/** Ends with the test. */
export async function fakeIssuer(...keys: readonly IssuerKey[]): Promise<FakeIssuer> {
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    issuer.requests.push(path);
    const answer = issuer.answers.get(path) ?? usual.get(path) ?? json({}, 404);
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: FakeIssuer = {
    url,
    requests: [],
    answers: new Map(),
    keys: keys.map(({ jwk }) => jwk),
    metadata: { issuer: url, jwks_uri: `${url}/jwks`, userinfo_endpoint: `${url}/userinfo` },
    userinfo: new Map(),
  };
  const usual = new Map<string, Answer>([
    ["/.well-known/openid-configuration", (request, response) => json(issuer.metadata)(request, response)],
    ["/jwks", (request, response) => json({ keys: issuer.keys })(request, response)],
    [
      "/userinfo",
      (request, response) => {
        const found = issuer.userinfo.get(request.headers.authorization?.slice("Bearer ".length) ?? "");
        json(found ?? {}, found === undefined ? 401 : 200)(request, response);
      },
    ],
  ]);
  return issuer;
}

/** Returns a token of `ann` for the audience `deepaas`, valid for an hour. An undefined claim is left out. */
export function tokenOf({ url }: FakeIssuer, key: IssuerKey, claims: Record<string, unknown> = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const all = { iss: url, aud: "deepaas", sub: "ann", iat: now, exp: now + 3_600, ...claims };
  const payload = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new SignJWT(payload).setProtectedHeader({ alg: key.alg, kid: key.kid }).sign(key.privateKey);
}
