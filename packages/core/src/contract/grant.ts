// A grant: a token with which its holder may read one run until it expires.
import { invalidArgs } from "./error.ts";

export interface Grant {
  /** May be a part of a URL, unlike the key of a caller. */
  readonly token: string;
  /** ISO 8601 in UTC. */
  readonly expiresAt: string;
}

export interface GrantOptions {
  /** How long the grant is valid: a whole number from 1 to 604,800 (seven days). */
  readonly seconds: number;
}

const maxSeconds = 604_800;

/** Throws `invalid_args` unless `seconds` is a whole number from 1 to 604,800. */
export function checkGrantSeconds(seconds: unknown): asserts seconds is number {
  if (Number.isInteger(seconds) && (seconds as number) >= 1 && (seconds as number) <= maxSeconds) return;
  throw invalidArgs("/seconds", "range", "Must be a whole number from 1 to 604,800.");
}
