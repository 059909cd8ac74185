// A call that waits for its response.
import { abortReason, type DeepaasError, type JsonValue } from "@deepaas/core";
import type { CallId, Outgoing } from "@deepaas/protocol/rpc";

export interface PendingCall {
  readonly id: CallId;
  /** The files that are sent with it. */
  readonly outgoing?: Outgoing | undefined;
  /** True if its result may be a file. */
  readonly givesFiles: boolean;
  answer(result: unknown): void;
  fail(error: DeepaasError): void;
  /** Called for each item of a watch or a stream. */
  item(item: JsonValue): void;
  /** Called with the weights version that answers, if the call asked for it. */
  readonly onVersion?: ((version: number) => void) | undefined;
}

/** The items of a watch or a stream, for one reader. */
export class ItemQueue<T> {
  readonly #items: T[] = [];
  readonly #signal: AbortSignal | undefined;
  #end: { readonly error?: DeepaasError } | undefined;
  #wake: (() => void) | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  push(item: T): void {
    this.#items.push(item);
    this.#wake?.();
  }

  end(error?: DeepaasError): void {
    this.#end ??= error ? { error } : {};
    this.#wake?.();
  }

  /** Calls `taken` for each item that the reader takes. */
  async *read(taken: () => void): AsyncGenerator<T, void, undefined> {
    const wake = () => this.#wake?.();
    this.#signal?.addEventListener("abort", wake);
    try {
      for (;;) {
        if (this.#signal?.aborted) throw abortReason(this.#signal);
        const item = this.#items.shift();
        if (item !== undefined) {
          taken();
          yield item;
        } else if (this.#end) {
          if (this.#end.error) throw this.#end.error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      // One signal may serve many watches.
      this.#signal?.removeEventListener("abort", wake);
    }
  }
}
