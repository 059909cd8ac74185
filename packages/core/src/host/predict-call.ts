// One call on its way through the host. The path is hot: id, controller and timer are made only when someone needs them.
import { DeepaasError } from "../deepaas-error.ts";
import type { CallOptions } from "../model-service.ts";
import type { ExecutorCall } from "./ports.ts";

export class PredictCall implements ExecutorCall {
  readonly #options: CallOptions;
  #requestId: string | undefined;
  #controller: AbortController | undefined;
  #end: DeepaasError | undefined;
  #onEnd: ((reason: DeepaasError) => void) | undefined;

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

  /** Ends the call for its caller at once, and tells the model. */
  end(reason: DeepaasError): void {
    if (this.#end) return;
    this.#end = reason;
    this.#controller?.abort(reason);
    this.#onEnd?.(reason);
  }

  /** What `work` gives, or a rejection as soon as the call is ended, whatever the model does then. */
  run<T>(work: (call: ExecutorCall) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#end) return reject(this.#end);
      this.#onEnd = reject;
      return work(this).then(resolve, reject);
    });
  }

  /** Ends the call when its caller aborts or its time is up; gives the function that stops watching for that. */
  guard(timeoutMs: number | undefined): () => void {
    const { signal } = this.#options;
    const onAbort = () => this.end(reasonOf(signal as AbortSignal));
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
    const onTimeout = () => this.end(new DeepaasError("deadline_exceeded", `The call took longer than ${timeoutMs} ms.`));
    const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, Math.min(timeoutMs, 0x7fff_ffff));
    return () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
  }
}

function reasonOf(signal: AbortSignal): DeepaasError {
  if (DeepaasError.is(signal.reason)) return signal.reason;
  if (signal.reason instanceof DOMException && signal.reason.name === "TimeoutError") {
    return new DeepaasError("deadline_exceeded", "The call took longer than its caller would wait.");
  }
  return new DeepaasError("cancelled", "The caller cancelled the call.");
}
