// Why a token is refused, in words that show nothing of it. The errors of `jose` carry the claims of the token.
import { DeepaasError } from "@deepaas/core";
import { endedError } from "../ended.ts";

interface JoseError {
  readonly code?: unknown;
  readonly claim?: unknown;
}

const sentences: Readonly<Record<string, string>> = {
  ERR_JOSE_ALG_NOT_ALLOWED: "The signature algorithm of the token is not allowed.",
  ERR_JOSE_NOT_SUPPORTED: "The signature algorithm of the token is not allowed.",
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: "The signature of the token is not valid.",
  ERR_JWKS_NO_MATCHING_KEY: "The issuer has no key as the token names it.",
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: "The token does not name its key (kid), and the issuer has several.",
};

const ofClaims: Readonly<Record<string, string>> = {
  aud: "The token is for another audience.",
  nbf: "The token is not valid yet.",
  iss: "The token is of another issuer.",
};

/** Returns the error itself if it is a `DeepaasError`, else `unauthenticated`. */
export function tokenError(error: unknown): DeepaasError {
  if (DeepaasError.is(error)) return error;
  const { code, claim } = error as JoseError;
  // Its signature was right: that is verified first.
  if (code === "ERR_JWT_EXPIRED") return endedError("The token has expired.");
  if (code === "ERR_JWT_CLAIM_VALIDATION_FAILED" && typeof claim === "string") {
    return new DeepaasError(
      "unauthenticated",
      ofClaims[claim] ?? `The claim ${claim} of the token is missing or not valid.`,
    );
  }
  const sentence = typeof code === "string" ? sentences[code] : undefined;
  return new DeepaasError("unauthenticated", sentence ?? "The token is malformed.");
}
