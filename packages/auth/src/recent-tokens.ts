// Tokens that were verified already, by their SHA-256: a dump of the memory does not show them.
import { hash } from "node:crypto";
import type { Credential } from "./credential.ts";

interface Entry {
  readonly credential: Credential;
  /** In milliseconds since 1970. */
  readonly until: number;
}

/** Keeps the credentials of the `size` tokens that were used last. */
export class RecentTokens {
  readonly #entries = new Map<string, Entry>();
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  static keyOf(token: string): string {
    return hash("sha256", token, "hex");
  }

  get(key: string): Credential | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (Date.now() >= entry.until) return undefined;
    // The first one of a Map is the oldest.
    this.#entries.set(key, entry);
    return entry.credential;
  }

  /** `until`: forgets it then, in milliseconds since 1970. */
  set(key: string, credential: Credential, until: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { credential, until });
    if (this.#entries.size <= this.#size) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
