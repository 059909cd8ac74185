// What the observers learn about one RPC call.
import { type Caller, type ErrorData, errorDataFrom, isName, type Run } from "@deepaas/core";
import type { AdapterObserver, Observed, RequestEnd } from "@deepaas/core/ports";
import { httpStatusOf, isTraceparent, type ServedModels, withoutTokens } from "@deepaas/protocol";
import { isRpcMethod, type RpcParams, rpcMethods } from "@deepaas/protocol/rpc";

export interface Observing {
  readonly begin: NonNullable<AdapterObserver["request"]>;
  readonly models: ServedModels;
}

export interface ObservedMessage {
  readonly requestId: string;
  /** `method` and `params` as the client sent them. Undefined: the message is no call. */
  readonly method: string | undefined;
  readonly params: RpcParams;
  readonly caller: Caller | undefined;
}

export class ObservedCall {
  /** Of the client, or of the span that an observer has begun. */
  readonly traceparent: string | undefined;
  readonly #message: ObservedMessage;
  readonly #models: ServedModels;
  readonly #observed: Observed<RequestEnd> | undefined;
  #run: Run | undefined;
  #fileFailure: ErrorData | undefined;
  #asked = false;

  constructor(message: ObservedMessage, { begin, models }: Observing) {
    const { requestId, params } = message;
    const { traceparent } = params;
    this.#message = message;
    this.#models = models;
    const given = isTraceparent(traceparent) ? traceparent : undefined;
    this.#observed = begin({
      adapter: "ws",
      requestId,
      traceparent: given,
      method: undefined,
      path: undefined,
    });
    this.traceparent = this.#observed?.traceparent ?? given;
  }

  /** The service was called. */
  asked(): void {
    this.#asked = true;
  }

  /** The run that the call has returned. */
  returned(run: Run): void {
    this.#run = run;
  }

  /** The file of the result failed after the result had been sent. */
  fileFailed(failure: ErrorData): void {
    this.#fileFailure = failure;
  }

  /** `error`: what the call rejected with; undefined if it succeeded. `connected`: the client has not left. */
  end(error: unknown, connected: boolean): void {
    if (!this.#observed?.end) return;
    const complete = connected && this.#fileFailure === undefined;
    const { method, params, caller } = this.#message;
    const data = error !== undefined ? errorDataFrom(error) : (this.#fileFailure ?? (connected ? undefined : notSent));
    const asked = this.#run?.model ?? (this.#asked && takesModel(method) ? textIn(params, "model") : undefined);
    const runId = this.#run?.id ?? textIn(params, "runId") ?? textIn(params, "id");
    this.#observed.end({
      operation: method !== undefined && isRpcMethod(method) ? method : undefined,
      model: this.#models.nameOf(asked, method, data?.code),
      runId: runId !== undefined && isName("run", runId) ? withoutTokens(runId) : undefined,
      caller: caller?.id,
      // Over HTTP the status would have been sent before the file.
      status: data === undefined || data === this.#fileFailure ? 200 : this.#statusOf(data),
      error: data?.code,
      complete,
    });
  }

  #statusOf(data: ErrorData): number {
    const { method, params } = this.#message;
    // As for a body that is not JSON.
    if (method === undefined) return 400;
    return httpStatusOf(data, typeof params.after === "number" ? params.after : undefined);
  }
}

const notSent: ErrorData = { code: "cancelled", message: "The client disconnected." };

function takesModel(method: string | undefined): boolean {
  return method !== undefined && isRpcMethod(method) && "model" in rpcMethods[method];
}

function textIn(params: RpcParams, name: string): string | undefined {
  const value = Object.hasOwn(params, name) ? params[name] : undefined;
  return typeof value === "string" ? value : undefined;
}
