// What an OpenID Connect issuer publishes: its endpoints and its keys. It is asked seldom, whatever the clients send.
import { DeepaasError, errorText, type Logger } from "@deepaas/core";
import type { CryptoKey, FlattenedJWSInput, JSONWebKeySet, JWSHeaderParameters } from "jose";
import { fetchJson, StatusError } from "./fetch-json.ts";
import { isSafeUrl } from "./issuer-url.ts";

export interface IssuerOptions {
  readonly issuer: string;
  readonly timeoutMs: number;
  readonly logger: Logger;
}

type FindKey = (header: JWSHeaderParameters, jws: FlattenedJWSInput) => Promise<CryptoKey>;

/** Keys older than this are read again before the next verification. */
const maxAgeMs = 600_000;
/** Time between two reads of the keys, whatever the tokens name. */
const cooldownMs = 30_000;
/** The same after a read that failed. */
const retryMs = 5_000;

export class Issuer {
  readonly #options: IssuerOptions;
  #findKey: FindKey | undefined;
  #userinfoUrl: string | undefined;
  #readAt = 0;
  #nextReadAt = 0;
  #lastReadFailed = false;
  #reading: Promise<void> | undefined;

  constructor(options: IssuerOptions) {
    this.#options = options;
  }

  /** Reads endpoints and keys if they were not read yet. Rejects `unavailable` if that fails. */
  async load(): Promise<void> {
    if (this.#findKey === undefined) await this.#read();
    if (this.#findKey === undefined) throw this.#unavailable();
  }

  /**
   * Returns the key that a token names. Rejects `unavailable` if the issuer does not answer and the key is not known, and with an
   * error of `jose` if the issuer has no such key. Known keys go on while the issuer does not answer.
   */
  async keyFor(header: JWSHeaderParameters, jws: FlattenedJWSInput): Promise<CryptoKey> {
    if (Date.now() - this.#readAt >= maxAgeMs) await this.#read();
    const known = this.#findKey;
    if (known === undefined) throw this.#unavailable();
    try {
      return await known(header, jws);
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== "ERR_JWKS_NO_MATCHING_KEY") throw error;
      // The issuer may have a new key.
      await this.#read();
      if (this.#lastReadFailed) throw this.#unavailable();
      const current: FindKey | undefined = this.#findKey;
      if (current === undefined || current === known) throw error;
      return current(header, jws);
    }
  }

  /**
   * Returns the claims about the user of a valid token, or undefined if the issuer has no userinfo endpoint. Rejects
   * `unauthenticated` if the issuer refuses the token, and `unavailable` if it does not answer.
   */
  async userinfo(token: string, subject: string): Promise<Record<string, unknown> | undefined> {
    await this.load();
    const { timeoutMs, logger } = this.#options;
    if (this.#userinfoUrl === undefined) return undefined;
    let claims: Record<string, unknown>;
    try {
      claims = await fetchJson(this.#userinfoUrl, { timeoutMs, token });
    } catch (err) {
      if (err instanceof StatusError && (err.status === 401 || err.status === 403)) {
        throw new DeepaasError("unauthenticated", "The issuer does not accept the token.");
      }
      logger.warn({ issuer: this.#options.issuer, reason: errorText(err) }, "the userinfo of a caller cannot be read");
      throw this.#unavailable();
    }
    // OpenID Connect Core, section 5.3.2: the answer may be about somebody else.
    if (claims.sub !== subject) throw new DeepaasError("unauthenticated", "The userinfo is about another subject.");
    return claims;
  }

  /** One read at a time, and none for some time after the last one. Never rejects. */
  async #read(): Promise<void> {
    if (this.#reading === undefined && Date.now() < this.#nextReadAt) return;
    this.#reading ??= this.#readNow().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  async #readNow(): Promise<void> {
    const { issuer, timeoutMs, logger } = this.#options;
    try {
      const [{ createLocalJWKSet }, metadata] = await Promise.all([import("jose"), this.#discover()]);
      const keys = await fetchJson(metadata.keysUrl, { timeoutMs });
      this.#findKey = createLocalJWKSet(keys as unknown as JSONWebKeySet);
      this.#userinfoUrl = metadata.userinfoUrl;
      this.#readAt = Date.now();
      this.#lastReadFailed = false;
      this.#nextReadAt = Date.now() + cooldownMs;
    } catch (err) {
      this.#lastReadFailed = true;
      this.#nextReadAt = Date.now() + retryMs;
      logger.warn({ issuer, reason: errorText(err) }, "the keys of the OpenID Connect issuer cannot be read");
    }
  }

  async #discover(): Promise<{ readonly keysUrl: string; readonly userinfoUrl: string | undefined }> {
    const { issuer, timeoutMs } = this.#options;
    const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const { issuer: named, jwks_uri: keysUrl, userinfo_endpoint: userinfoUrl } = await fetchJson(url, { timeoutMs });
    // OpenID Connect Discovery, section 4.3: exactly equal, so that no issuer speaks for another.
    if (named !== issuer)
      throw new Error(`${url} is of the issuer ${JSON.stringify(named)}, not ${JSON.stringify(issuer)}`);
    if (!isSafeUrl(keysUrl)) throw new Error(`${url} has no jwks_uri that is an https URL`);
    if (userinfoUrl !== undefined && !isSafeUrl(userinfoUrl)) {
      throw new Error(`${url} has a userinfo_endpoint that is no https URL`);
    }
    return { keysUrl, userinfoUrl };
  }

  #unavailable(): DeepaasError {
    const message = "The OpenID Connect issuer does not answer. See the log of the server.";
    return new DeepaasError("unavailable", message, { retryAfterMs: retryMs });
  }
}
