// One call on its way through the host. The path is hot: id, controller and timer are made only when someone needs them.

import { abortReason } from "../contract/abort-reason.ts";
import { DeepaasError } from "../contract/error.ts";
import type { CallOptions } from "../contract/model-service.ts";
import type { ExecutorCall } from "../ports/executor.ts";

export class CallScope implements ExecutorCall {
  readonly #options: CallOptions;
  #requestId: string | undefined;
  #controller: AbortController | undefined;
  #end: DeepaasError | undefined;
  #listeners: ((reason: DeepaasError) => void)[] | undefined;
  /** Among those that are under way. */
  place = 0;

  constructor(options: CallOptions) {
    this.#options = options;
  }

  get requestId(): string {
    this.#requestId ??= this.#options.requestId ?? crypto.randomUUID();
    return this.#requestId;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#end) this.#controller.abort(this.#end);
    }
    return this.#controller.signal;
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** `listener` is called once, when the call is ended before its time. */
  onEnd(listener: (reason: DeepaasError) => void): void {
    this.#listeners ??= [];
    this.#listeners.push(listener);
  }

  #forget(listener: (reason: DeepaasError) => void): void {
    const at = this.#listeners?.lastIndexOf(listener) ?? -1;
    if (at >= 0) this.#listeners?.splice(at, 1);
  }

  /** Ends the call for its caller at once, and tells the model. */
  end(reason: DeepaasError): void {
    if (this.#end) return;
    this.#end = reason;
    this.#controller?.abort(reason);
    for (const listener of [...(this.#listeners ?? [])]) listener(reason);
  }

  /** What `work` gives, or a rejection as soon as the call is ended, whatever the model does then. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#end) return reject(this.#end);
      this.onEnd(reject);
      work().then(
        (value) => {
          this.#forget(reject);
          resolve(value);
        },
        (error: Error) => {
          this.#forget(reject);
          reject(error);
        },
      );
    });
  }

  /** Ends the call when its caller aborts or its time is up; gives the function that stops watching for that. */
  guard(timeoutMs: number | undefined): () => void {
    const { signal } = this.#options;
    const onAbort = () => this.end(abortReason(signal as AbortSignal));
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
    const onTimeout = () =>
      this.end(new DeepaasError("deadline_exceeded", `The call took longer than ${timeoutMs} ms.`));
    const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, Math.min(timeoutMs, 0x7fff_ffff));
    return () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
  }
}

/** Several calls that run as one: aborted when the last of them has been ended. */
export class BatchCall implements ExecutorCall {
  readonly requestId: string;
  readonly #controller = new AbortController();

  constructor(calls: readonly CallScope[]) {
    this.requestId = (calls[0] as CallScope).requestId;
    let left = calls.length;
    for (const call of calls) {
      call.onEnd((reason) => {
        if (--left === 0) this.#controller.abort(reason);
      });
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }
}
