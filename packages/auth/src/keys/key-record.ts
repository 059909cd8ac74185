// One API key as it is stored: its SHA-256, and what it may do.
import { hash, randomBytes } from "node:crypto";
import { invalidArgs, isName, isObject, pointerStep } from "@deepaas/core";
import { checkScopes } from "./scopes.ts";

/** What is known of an API key, without the key itself. */
export interface KeyRecord {
  /** Unique in its file. The id of the caller is `key:` and this name. */
  readonly name: string;
  readonly scopes: readonly string[];
  /** The scopes hold for these models only. Default: for all. */
  readonly models?: readonly string[];
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly revokedAt?: string;
}

export interface StoredKey extends KeyRecord {
  /** In hexadecimal digits. A key has 256 random bits, so that nobody finds it by trying, and a slow hash would add nothing. */
  readonly sha256: string;
}

const namePattern = /^[A-Za-z0-9._@-]{1,64}$/;
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;
const memberNames = ["name", "sha256", "scopes", "models", "createdAt", "expiresAt", "revokedAt"];

/** Starts every key, so that scanners of source code and logs find one. */
export const keyPrefix = "dpk_";

/** Returns a new API key: `dpk_` and 256 random bits. */
export function newKey(): string {
  return keyPrefix + randomBytes(32).toString("base64url");
}

export function sha256Of(key: string): string {
  return hash("sha256", key, "hex");
}

/** Returns the scopes as a caller has them: each with its model, if the key is for some models only. */
export function scopesOf({ scopes, models }: Pick<KeyRecord, "scopes" | "models">): readonly string[] {
  return models === undefined ? scopes : scopes.flatMap((scope) => models.map((model) => `${scope}@${model}`));
}

/** Throws `invalid_args` with the place of the fault unless `value` is a key as stored. */
export function checkStoredKey(pointer: string, value: unknown): StoredKey {
  if (!isObject(value)) throw invalidArgs(pointer, "type", "A key must be an object.");
  const unknown = Object.keys(value).find((member) => !memberNames.includes(member));
  if (unknown !== undefined) {
    throw invalidArgs(
      pointer + pointerStep(unknown),
      "unknown",
      `A key has no member ${JSON.stringify(unknown)}. The members are ${memberNames.join(", ")}.`,
    );
  }
  checkRights(pointer, value);
  if (typeof value.sha256 !== "string" || !/^[0-9a-f]{64}$/.test(value.sha256)) {
    throw invalidArgs(
      `${pointer}/sha256`,
      "format",
      "The SHA-256 of a key must be 64 hexadecimal digits, in lower case.",
    );
  }
  checkTime(`${pointer}/createdAt`, value.createdAt);
  if (value.revokedAt !== undefined) checkTime(`${pointer}/revokedAt`, value.revokedAt);
  return value as unknown as StoredKey;
}

/** Throws `invalid_args` unless name, scopes, models and time of expiry of a key are valid. */
export function checkRights(
  pointer: string,
  { name, scopes, models, expiresAt }: { readonly [M in "name" | "scopes" | "models" | "expiresAt"]?: unknown },
): void {
  if (typeof name !== "string" || !namePattern.test(name)) {
    throw invalidArgs(`${pointer}/name`, "pattern", "The name of a key must be 1-64 of A-Z a-z 0-9 . _ @ -");
  }
  const checked = checkScopes(`${pointer}/scopes`, scopes);
  if (expiresAt !== undefined) checkTime(`${pointer}/expiresAt`, expiresAt);
  if (models === undefined) return;
  if (!Array.isArray(models) || models.length === 0) {
    throw invalidArgs(`${pointer}/models`, "type", "The models of a key must be a list with at least one name.");
  }
  const wrong = models.findIndex((model) => typeof model !== "string" || !isName("model", model));
  if (wrong !== -1) throw invalidArgs(`${pointer}/models/${wrong}`, "pattern", "This is not the name of a model.");
  const twice = checked.findIndex((scope) => scope.includes("@"));
  if (twice !== -1) {
    throw invalidArgs(`${pointer}/scopes/${twice}`, "pattern", "A key with models has scopes without a model.");
  }
  const forAll = checked.indexOf("metrics");
  if (forAll !== -1) {
    throw invalidArgs(
      `${pointer}/scopes/${forAll}`,
      "pattern",
      "The scope metrics is for all models: make a key without models.",
    );
  }
}

function checkTime(pointer: string, time: unknown): void {
  if (typeof time === "string" && timePattern.test(time) && Number.isFinite(Date.parse(time))) return;
  throw invalidArgs(pointer, "format", "A time must be written as 2030-12-31T23:59:59Z.");
}
