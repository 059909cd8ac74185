// Callers by API key.
import { timingSafeEqual } from "node:crypto";
import { resolve } from "node:path";
import {
  type Caller,
  consoleLogger,
  DeepaasError,
  invalidArgs,
  type Logger,
  rejectUnknownOptions,
} from "@deepaas/core";
import { watchFile } from "@deepaas/core/node";
import type { Authenticate } from "@deepaas/protocol/node";
import { Credential } from "../credential.ts";
import { readKeyFile } from "./key-file.ts";
import { checkRights, keyPrefix, type StoredKey, scopesOf, sha256Of } from "./key-record.ts";

/** A key in plain text, for example from an environment variable. */
export interface PlainKey {
  readonly name: string;
  /** At least 16 of the characters that a bearer token may have: A-Z a-z 0-9 - . _ ~ + / and = at its end. */
  readonly key: string;
  readonly scopes: readonly string[];
  readonly models?: readonly string[];
  readonly expiresAt?: string;
}

export interface ApiKeysOptions {
  /** Keys in plain text. They are hashed at once. Default none. */
  readonly keys?: readonly PlainKey[];
  /** A key file, which is read again when it changes. A file that cannot be read then is logged, and changes nothing. Default none. */
  readonly file?: string;
  /** Default: `consoleLogger` of `@deepaas/core`, warnings and errors to stderr. */
  readonly logger?: Logger;
}

export interface ApiKeys {
  /** Returns undefined for a token that is no API key. Throws `unauthenticated` for a key that is not valid. */
  (...request: Parameters<Authenticate>): Caller | undefined;
  /**
   * Returns the signal of the key with which `caller` signed in at `issuedAt`, in milliseconds since 1970; aborted if there is no
   * such key any more. Undefined for a caller without a key.
   */
  signalOf(caller: string, issuedAt: number): AbortSignal | undefined;
  /** Stops watching the file. */
  close(): void;
}

interface LoadedKey {
  readonly stored: StoredKey;
  readonly digest: Buffer;
  readonly credential: Credential;
}

const idPrefix = "key:";
const plainPattern = /^[\w.~+/-]{16,512}=*$/;
const maxKeyLength = 520;

/** Throws if the key file cannot be read, or if an option is wrong. */
export function apiKeys(options: ApiKeysOptions): ApiKeys {
  rejectUnknownOptions("apiKeys", options, { keys: true, file: true, logger: true });
  const { keys = [], file, logger = consoleLogger } = options;
  if (!Array.isArray(keys)) throw new TypeError("apiKeys: keys must be a list.");
  if (file !== undefined && (typeof file !== "string" || file === "")) {
    throw new TypeError("apiKeys: file must be the path of a file.");
  }
  if (keys.length === 0 && file === undefined) throw new TypeError("apiKeys: give keys or a file.");
  const given = keys.map((key: PlainKey, at) => storedKeyOf(`/keys/${at}`, key));
  const path = file === undefined ? undefined : resolve(file);
  const loaded = new LoadedKeys();

  const load = () => {
    const all = [...given, ...(path === undefined ? [] : readKeyFile(path))];
    rejectSameNames(all);
    loaded.replaceBy(all);
  };
  // Before the file is read, so that no change is missed.
  const watched = path === undefined ? undefined : watchFile(path, reload);
  function reload(): void {
    try {
      load();
      logger.info({ file: path, keys: loaded.count }, "the API keys were read again");
    } catch (err) {
      logger.error({ file: path, err }, "the changed API keys cannot be read; those before stay valid");
    }
  }
  try {
    load();
  } catch (error) {
    watched?.close();
    throw error;
  }

  const authenticate = (_request: unknown, token: string | undefined): Caller | undefined => {
    if (token === undefined || token.length > maxKeyLength) return undefined;
    const credential = loaded.credentialOf(token);
    if (credential !== undefined) {
      if (credential.end !== undefined) throw credential.end;
      return credential;
    }
    if (token.startsWith(keyPrefix)) throw new DeepaasError("unauthenticated", "The API key is unknown.");
    return undefined;
  };
  return Object.assign(authenticate, {
    signalOf: (caller: string, issuedAt: number) =>
      caller.startsWith(idPrefix) ? loaded.signalOf(caller.slice(idPrefix.length), issuedAt) : undefined,
    close: () => watched?.close(),
  });
}

class LoadedKeys {
  #byName = new Map<string, LoadedKey>();
  #byStart = new Map<number, LoadedKey[]>();
  /** Of the key that is looked up. One for all, because it is asked for with each request. */
  readonly #digest = Buffer.alloc(32);

  get count(): number {
    return this.#byName.size;
  }

  /** A key that did not change keeps its credential; that of any other is revoked. */
  replaceBy(keys: readonly StoredKey[]): void {
    const before = this.#byName;
    this.#byName = new Map(keys.map((stored) => [stored.name, loadedKey(stored, before.get(stored.name))]));
    this.#byStart = new Map();
    for (const key of this.#byName.values()) {
      const start = startOf(key.digest);
      this.#byStart.set(start, [...(this.#byStart.get(start) ?? []), key]);
      if (key.stored.revokedAt !== undefined) key.credential.revoke();
    }
    for (const { stored, credential } of before.values()) {
      if (this.#byName.get(stored.name)?.credential !== credential) credential.revoke();
    }
  }

  /**
   * The time of a look-up shows at most the start of the hash of a wrong key, and nobody can make a key for a hash. All of the
   * hash is compared in constant time.
   */
  credentialOf(key: string): Credential | undefined {
    const digest = this.#digest;
    digest.write(sha256Of(key), "hex");
    const candidates = this.#byStart.get(startOf(digest));
    return candidates?.find((one) => timingSafeEqual(one.digest, digest))?.credential;
  }

  signalOf(name: string, issuedAt: number): AbortSignal {
    const key = this.#byName.get(name);
    // A newer key with the same name is another one.
    if (key !== undefined && Date.parse(key.stored.createdAt) <= issuedAt) return key.credential.signal;
    return AbortSignal.abort(new DeepaasError("unauthenticated", "The credentials were revoked."));
  }
}

function loadedKey(stored: StoredKey, before: LoadedKey | undefined): LoadedKey {
  if (before !== undefined && rightsOf(before.stored) === rightsOf(stored)) return { ...before, stored };
  const expiresAt = stored.expiresAt === undefined ? undefined : Date.parse(stored.expiresAt);
  return {
    stored,
    digest: Buffer.from(stored.sha256, "hex"),
    credential: new Credential(idPrefix + stored.name, scopesOf(stored), { expiresAt }),
  };
}

/** A key whose revocation was taken back is a new one. */
function rightsOf({ sha256, scopes, models, createdAt, expiresAt, revokedAt }: StoredKey): string {
  return JSON.stringify([sha256, scopes, models, createdAt, expiresAt, revokedAt !== undefined]);
}

function startOf(digest: Buffer): number {
  return digest.readUInt32LE(0);
}

function storedKeyOf(pointer: string, { key, ...rights }: PlainKey): StoredKey {
  rejectUnknownOptions("apiKeys: keys", rights, { name: 1, scopes: 1, models: 1, expiresAt: 1 });
  checkRights(pointer, rights);
  if (typeof key !== "string" || !plainPattern.test(key)) {
    throw invalidArgs(
      `${pointer}/key`,
      "pattern",
      "An API key must have 16-512 of A-Z a-z 0-9 - . _ ~ + / and may end with =; `deepaas key new` makes one.",
    );
  }
  // When it was made is unknown.
  return { ...rights, sha256: sha256Of(key), createdAt: new Date(0).toISOString() };
}

function rejectSameNames(keys: readonly StoredKey[]): void {
  const names = new Set<string>();
  for (const { name } of keys) {
    if (names.has(name)) throw invalidArgs("/keys", "unique", `Two API keys have the name ${name}.`);
    names.add(name);
  }
}
