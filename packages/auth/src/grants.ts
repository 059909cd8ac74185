// Grants: tokens with which anybody may read one run for some time. They may stand in a URL.
import { createHmac, timingSafeEqual } from "node:crypto";
import {
  type Caller,
  checkGrantSeconds,
  DeepaasError,
  type Grant,
  type GrantRequest,
  type GrantSigner,
  grantScope,
  invalidArgs,
  isName,
  isObject,
  rejectUnknownOptions,
} from "@deepaas/core";
import type { Authenticate } from "@deepaas/protocol/node";
import { Credential } from "./credential.ts";
import { RecentTokens } from "./recent-tokens.ts";

export interface GrantsOptions {
  /** Signs the grants: at least 32 bytes, random. With another one all grants made before are refused. */
  readonly secret: string | Uint8Array;
  /**
   * Returns the signal of the credentials with which a caller made a grant, and undefined for a caller whose grants are valid
   * until they expire. Their end is the end of the grant. `signalOf` of `apiKeys` is such a function. Default: undefined for all.
   */
  readonly signalOf?: (caller: string, issuedAt: number) => AbortSignal | undefined;
}

/** Also the option `grants` of `withAccess`. */
export interface Grants extends GrantSigner {
  /** Returns undefined for a token that is no grant. Throws `unauthenticated` for a grant that is not valid. */
  (...request: Parameters<Authenticate>): Caller | undefined;
  sign(request: GrantRequest): Grant;
}

/** Times are in milliseconds since 1970. */
interface Payload {
  readonly v: 1;
  readonly run: string;
  readonly by: string;
  readonly iat: number;
  readonly exp: number;
}

const prefix = "grant.";
const maxTokenLength = 2_048;
const maxRemembered = 10_000;
const idPrefix = "grant:";

/** Throws a TypeError if an option is wrong. */
export function grants(options: GrantsOptions): Grants {
  rejectUnknownOptions("grants", options, { secret: true, signalOf: true });
  const { signalOf = () => undefined } = options;
  const secret = checkedSecret(options.secret);
  const verified = new RecentTokens(maxRemembered);
  const macOf = (body: string) => createHmac("sha256", secret).update(body).digest("base64url");

  const authenticate = (_request: unknown, token: string | undefined): Caller | undefined => {
    if (!token?.startsWith(prefix)) return undefined;
    const key = RecentTokens.keyOf(token);
    let credential = verified.get(key);
    if (credential === undefined) {
      const { run, by, iat, exp } = verifiedPayload(token, macOf);
      credential = new Credential(idPrefix + run, [grantScope(run)], { expiresAt: exp, parent: signalOf(by, iat) });
      if (credential.end === undefined) verified.set(key, credential, exp);
    }
    if (credential.end !== undefined) throw credential.end;
    return credential;
  };

  const sign = ({ run, caller, seconds }: GrantRequest): Grant => {
    checkGrantSeconds(seconds);
    if (!isName("run", run)) throw invalidArgs("/run", "pattern", "This is not the id of a run.");
    // Else the holder of a grant could renew it for ever.
    if (caller.startsWith(idPrefix)) throw new DeepaasError("permission_denied", "A grant cannot make another one.");
    const iat = Date.now();
    const payload: Payload = { v: 1, run, by: caller, iat, exp: iat + seconds * 1000 };
    const body = prefix + Buffer.from(JSON.stringify(payload)).toString("base64url");
    return { token: `${body}.${macOf(body)}`, expiresAt: new Date(payload.exp).toISOString() };
  };
  return Object.assign(authenticate, { sign });
}

function verifiedPayload(token: string, macOf: (body: string) => string): Payload {
  const end = token.lastIndexOf(".");
  const body = token.slice(0, end);
  const given = Buffer.from(token.slice(end + 1));
  if (token.length > maxTokenLength) throw invalid();
  const expected = Buffer.from(macOf(body));
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw invalid();
  const payload = parsed(body.slice(prefix.length));
  if (payload === undefined) throw invalid();
  return payload;
}

/** Its signature is right already: only a later version of this server signs another payload. */
function parsed(text: string): Payload | undefined {
  try {
    const payload: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    if (!isObject(payload) || payload.v !== 1) return undefined;
    return payload as unknown as Payload;
  } catch {
    return undefined;
  }
}

function invalid(): DeepaasError {
  return new DeepaasError("unauthenticated", "The grant is not valid.");
}

function checkedSecret(secret: unknown): Uint8Array {
  const bytes = typeof secret === "string" ? Buffer.from(secret) : secret;
  if (bytes instanceof Uint8Array && bytes.byteLength >= 32) return bytes.slice();
  throw new TypeError("grants: secret must be at least 32 random bytes, or a text of at least 32 characters.");
}
