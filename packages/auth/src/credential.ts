// A caller whose signal is aborted when its credentials end.
import type { Caller, DeepaasError } from "@deepaas/core";
import { endedError } from "./ended.ts";

/** Longest timer of Node.js, in milliseconds. A longer one would end at once. */
const maxTimerMs = 0x7fff_ffff;
const revoked = "The credentials were revoked.";

export interface Validity {
  /** In milliseconds since 1970. Default: never. */
  readonly expiresAt?: number | undefined;
  /** When it is aborted, the credentials are revoked. */
  readonly parent?: AbortSignal | undefined;
}

export class Credential implements Caller {
  readonly id: string;
  readonly scopes: readonly string[];
  readonly #expiresAt: number;
  readonly #parent: AbortSignal | undefined;
  #end: DeepaasError | undefined;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(id: string, scopes: readonly string[], { expiresAt, parent }: Validity = {}) {
    this.id = id;
    this.scopes = Object.freeze([...scopes]);
    this.#expiresAt = expiresAt ?? Number.POSITIVE_INFINITY;
    this.#parent = parent;
  }

  /** Made when it is first asked for: most calls end long before their credentials, and never ask. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.end !== undefined) {
        this.#controller.abort(this.end);
      } else {
        this.#startTimer();
        this.#parent?.addEventListener("abort", this.#onParentEnd);
      }
    }
    return this.#controller.signal;
  }

  /** Why the credentials are no longer valid. Undefined while they are. */
  get end(): DeepaasError | undefined {
    const expires = this.#expiresAt < Number.POSITIVE_INFINITY;
    if (expires && this.#end === undefined && Date.now() >= this.#expiresAt)
      this.#endWith("The credentials have expired.");
    if (this.#end === undefined && this.#parent?.aborted) this.#endWith(revoked);
    return this.#end;
  }

  readonly #onParentEnd = () => this.revoke();

  revoke(): void {
    if (this.end === undefined) this.#endWith(revoked);
  }

  #endWith(message: string): void {
    this.#end = endedError(message);
    clearTimeout(this.#timer);
    this.#parent?.removeEventListener("abort", this.#onParentEnd);
    this.#controller?.abort(this.#end);
  }

  #startTimer(): void {
    if (this.#expiresAt === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(
      () => {
        // Reading it ends the credentials if it is time. A timer may be some fraction of a millisecond early.
        if (this.end === undefined) this.#startTimer();
      },
      Math.min(Math.max(this.#expiresAt - Date.now(), 1), maxTimerMs),
    );
    this.#timer.unref();
  }
}
