// Callers by the tokens of an OpenID Connect issuer: JSON Web Tokens, verified with the keys that it publishes.
import { type Caller, isObject } from "@deepaas/core";
import type { Authenticate } from "@deepaas/protocol/node";
import type { JWTPayload } from "jose";
import { Credential } from "../credential.ts";
import { RecentTokens } from "../recent-tokens.ts";
import { Issuer } from "./issuer.ts";
import { checkOidcOptions, type OidcOptions, type WholeOidcOptions } from "./oidc-options.ts";
import { tokenError } from "./token-error.ts";

export interface Oidc {
  /**
   * Returns undefined for a token that is not of this issuer, and the caller itself, not a promise, for one that it has verified
   * before. Rejects `unauthenticated` for one that is not valid, and `unavailable` if the issuer does not answer and its keys are
   * not known.
   */
  (...request: Parameters<Authenticate>): ReturnType<Authenticate>;
  /** Reads the keys of the issuer now, not with the first token. Rejects `unavailable` if that fails. */
  load(): Promise<void>;
}

/** Signatures by a private key. With a shared secret a public key could be used as that secret, and `none` signs nothing. */
const algorithms = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];
const tokenPattern = /^[\w-]+\.([\w-]+)\.[\w-]*$/;
const maxTokenLength = 16_384;
/** OpenID Connect Core, section 2: at most 255 ASCII characters. */
const subjectPattern = /^[\x20-\x7e]{1,255}$/;
/** A token that is valid for longer is verified again: its key may have been withdrawn. */
const maxRememberedMs = 3_600_000;

/** Throws if an option is wrong. Nothing is read from the issuer before `load` or the first token. */
export function oidc(options: OidcOptions): Oidc {
  const all = checkOidcOptions(options);
  const issuer = new Issuer(all);
  const verified = new RecentTokens(all.maxTokens);
  const underWay = new Map<string, Promise<Caller>>();

  const authenticate = (_request: unknown, token: string | undefined): Caller | undefined | Promise<Caller> => {
    if (token === undefined || token.length > maxTokenLength) return undefined;
    const key = RecentTokens.keyOf(token);
    const known = verified.get(key);
    if (known !== undefined) {
      if (known.end !== undefined) throw known.end;
      return known;
    }
    if (issuerIn(token) !== all.issuer) return undefined;
    // Many calls may bring the same new token at once.
    const verifying =
      underWay.get(key) ??
      verify(token, issuer, all)
        .then(({ credential, expiresAt }) => {
          verified.set(key, credential, Math.min(expiresAt, Date.now() + maxRememberedMs));
          return credential;
        })
        .finally(() => underWay.delete(key));
    underWay.set(key, verifying);
    return verifying;
  };
  return Object.assign(authenticate, { load: () => issuer.load() });
}

interface Verified {
  readonly credential: Credential;
  readonly expiresAt: number;
}

async function verify(token: string, issuer: Issuer, options: WholeOidcOptions): Promise<Verified> {
  const { issuer: iss, audience, clockSkewSeconds } = options;
  const { jwtVerify } = await import("jose");
  let payload: JWTPayload;
  try {
    ({ payload } = await jwtVerify(token, (header, jws) => issuer.keyFor(header, jws), {
      issuer: iss,
      algorithms,
      clockTolerance: clockSkewSeconds,
      requiredClaims: ["exp", "sub"],
      ...(audience !== undefined && { audience: [...audience] }),
    }));
  } catch (error) {
    throw tokenError(error);
  }
  const { sub, exp } = payload;
  if (typeof sub !== "string" || !subjectPattern.test(sub)) throw tokenError({ code: claimError, claim: "sub" });
  if (typeof exp !== "number") throw tokenError({ code: claimError, claim: "exp" });
  const groups = options.group.size === 0 ? [] : await groupsOf({ token, payload, sub }, issuer, options);
  const scopes = new Set([...options.scopes, ...groups.flatMap((name) => options.group.get(name) ?? [])]);
  const expiresAt = (exp + clockSkewSeconds) * 1000;
  // A subject is unique at its issuer only. An issuer has no `#`.
  return { credential: new Credential(`${iss}#${sub}`, [...scopes], { expiresAt }), expiresAt };
}

const claimError = "ERR_JWT_CLAIM_VALIDATION_FAILED";

async function groupsOf(
  { token, payload, sub }: { readonly token: string; readonly payload: JWTPayload; readonly sub: string },
  issuer: Issuer,
  { groupClaims }: WholeOidcOptions,
): Promise<readonly string[]> {
  return groupsIn(payload, groupClaims) ?? groupsIn((await issuer.userinfo(token, sub)) ?? {}, groupClaims) ?? [];
}

/** Undefined if there is none of the claims. */
function groupsIn(claims: Readonly<Record<string, unknown>>, names: readonly string[]): readonly string[] | undefined {
  const found = names.filter((name) => Object.hasOwn(claims, name));
  if (found.length === 0) return undefined;
  return found.flatMap((name) => claims[name]).filter((group) => typeof group === "string");
}

/** Not verified yet: it only tells which authenticator is responsible. */
function issuerIn(token: string): unknown {
  const payload = tokenPattern.exec(token)?.[1];
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    return isObject(claims) ? claims.iss : undefined;
  } catch {
    return undefined;
  }
}
