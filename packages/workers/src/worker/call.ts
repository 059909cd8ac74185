// A call as the executor in the worker gets it.
import { type CallerId, DeepaasError, type ErrorData } from "@deepaas/core";
import type { ExecutorBatchCall, ExecutorCall } from "@deepaas/core/ports";

export interface CallDetails {
  readonly requestId: string;
  readonly caller?: CallerId | undefined;
  readonly callers?: readonly (CallerId | null)[];
  readonly traceparent?: string | undefined;
}

export class WorkerCall implements ExecutorCall, ExecutorBatchCall {
  readonly requestId: string;
  readonly caller: CallerId | undefined;
  readonly callers: readonly (CallerId | undefined)[];
  readonly traceparent: string | undefined;
  #controller: AbortController | undefined;
  #reason: DeepaasError | undefined;

  constructor({ requestId, caller, callers = [], traceparent }: CallDetails) {
    this.requestId = requestId;
    this.caller = caller;
    this.callers = callers.map((one) => one ?? undefined);
    this.traceparent = traceparent;
  }

  /** Created on first use. */
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
