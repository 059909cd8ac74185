// The server of a no-op predict in a worker, with callers that are authenticated, for its cost per request.
import { generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { apiKeys, newKey, oidc, rateLimited, withLimits } from "@deepaas/auth";
import { createHost, type HostOptions, type ModelService, withAccess } from "@deepaas/core";
import { createServer, type ServerOptions } from "@deepaas/koa";
import type { Authenticate } from "@deepaas/protocol/node";
import { noopWorkers, type Subject } from "./rest-servers.ts";
import * as digits from "./worker-models/digits.ts";

export type Credentials = "key" | "jwt" | "key with limits";

interface Guard {
  readonly authenticate: Authenticate;
  readonly token: string;
}

const scopes = ["predict"];

/** Default mode: the model is in a worker. */
export async function guardedWorker(credentials: Credentials): Promise<Subject> {
  const executor = noopWorkers();
  return { ...(await guarded({ executor }, credentials)), pids: executor.pids };
}

export async function guardedInline(credentials: Credentials): Promise<Subject> {
  return { ...(await guarded({ models: { digits } }, credentials)), pids: () => [] };
}

/** Without the processes of its executor. */
export async function guarded(
  options: HostOptions,
  credentials: Credentials,
  more: Pick<ServerOptions, "observer"> = {},
): Promise<Pick<Subject, "server" | "token">> {
  const service = withAccess(await createHost(options));
  const { authenticate, token } = credentials === "jwt" ? await jwtGuard() : keyGuard();
  if (credentials !== "key with limits") return { server: createServer(service, { ...more, authenticate }), token };
  // Limits that are never reached, so that every request is counted and none is refused.
  const limit = { requests: 1_000_000_000, seconds: 3_600 };
  const limits = { perCaller: limit, callsUnderWay: 1_000 };
  const limited: ModelService = withLimits(service, limits);
  const counting = rateLimited(authenticate, { perAddress: limit });
  return { server: createServer(limited, { ...more, authenticate: counting }), token };
}

function keyGuard(): Guard {
  const token = newKey();
  return { authenticate: apiKeys({ keys: [{ name: "bench", key: token, scopes }] }), token };
}

/** The issuer is asked once, for its keys: the token is remembered after the first request. */
async function jwtGuard(): Promise<Guard> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const key = { ...publicKey.export({ format: "jwk" }), kid: "1", alg: "RS256", use: "sig" };
  let issuer = "";
  const server = createHttpServer(({ url }, res) => {
    const document = url === "/jwks" ? { keys: [key] } : { issuer, jwks_uri: `${issuer}/jwks` };
    res.setHeader("Content-Type", "application/json").end(JSON.stringify(document));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  const text = `${base64url({ alg: "RS256", kid: "1", typ: "JWT" })}.${base64url({ iss: issuer, sub: "ada", aud: "bench", exp })}`;
  const token = `${text}.${sign("RSA-SHA256", Buffer.from(text), privateKey).toString("base64url")}`;
  const authenticate = oidc({ issuer, audience: "bench", scopes });
  await authenticate.load();
  return { authenticate, token };
}
