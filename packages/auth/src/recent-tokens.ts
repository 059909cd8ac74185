// Tokens that were verified already, by their SHA-256: a dump of the memory does not show them.
import { hash } from "node:crypto";
import type { Credential } from "./credential.ts";

interface Entry {
  readonly credential: Credential;
  /** In milliseconds since 1970. */
  readonly until: number;
}

/** Keeps the credentials of at most `size` tokens, and always of the last half as many that were used. `size` is at least 2. */
export class RecentTokens {
  #newer = new Map<string, Entry>();
  /** What `#newer` was when it was full. */
  #older = new Map<string, Entry>();
  readonly #half: number;

  constructor(size: number) {
    this.#half = Math.floor(size / 2);
  }

  static keyOf(token: string): string {
    return hash("sha256", token, "hex");
  }

  get(key: string): Credential | undefined {
    const newer = this.#newer.get(key);
    const entry = newer ?? this.#older.get(key);
    if (entry === undefined) return undefined;
    if (Date.now() >= entry.until) {
      this.#newer.delete(key);
      this.#older.delete(key);
      return undefined;
    }
    // Hot path: nothing is moved for a token that was used shortly before.
    if (newer === undefined) this.#add(key, entry);
    return entry.credential;
  }

  /** `until`: forgets it then, in milliseconds since 1970. */
  set(key: string, credential: Credential, until: number): void {
    this.#add(key, { credential, until });
  }

  #add(key: string, entry: Entry): void {
    if (this.#newer.size >= this.#half) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(key, entry);
  }
}
