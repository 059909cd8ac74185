// A call as the model in a worker sees it.
import { DeepaasError, type ErrorData } from "@deepaas/core";

export class WorkerCall {
  readonly requestId: string;
  readonly caller = undefined;
  readonly callers = [];
  readonly traceparent = undefined;
  #controller: AbortController | undefined;
  #reason: DeepaasError | undefined;

  constructor(requestId: string) {
    this.requestId = requestId;
  }

  /** Made when somebody asks for it. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(error: ErrorData): void {
    this.#reason ??= DeepaasError.from(error);
    this.#controller?.abort(this.#reason);
  }
}
