// Hooks around what a host and its adapters do, for metrics, traces and access logs. Free when unused; a hook that throws is
// logged and ignored.
import type { ErrorCode } from "../contract/error.ts";
import type { CallerId } from "../contract/model-service.ts";
import type { RunFact } from "../contract/run.ts";

/** What a hook returns. A hook that returns undefined is not called at the end. */
export interface Observed<End> {
  /**
   * W3C Trace Context of the span that the hook began. It replaces the one that was passed to the hook, for everything that
   * follows within the call, in workers too. Absent if the hook began no span.
   */
  readonly traceparent?: string | undefined;
  /** Called once, at the end of the call, request or attempt for which the hook was called. */
  end?(end: End): void;
}

/** What is known about a call. */
export interface ObservedCall {
  readonly model: string;
  readonly requestId: string;
  /** Undefined if the caller sent none. */
  readonly traceparent: string | undefined;
}

export interface HostObserver {
  /** A predict or a stream was accepted. It ends when the caller has its answer. */
  predict?(
    call: ObservedCall & {
      readonly stream: boolean;
      /** Undefined if the caller is not authenticated. */
      readonly caller: CallerId | undefined;
    },
  ): Observed<PredictEnd> | undefined;
  /** A predict or a stream waits for a slot. It ends when it has one, or when its caller has left. A call that finds a free slot waits no time. */
  wait?(call: ObservedCall): Observed<{ readonly error?: ErrorCode }> | undefined;
  /** The executor begins one predict, one batch or one stream; for a batch the hook gets the first call in it. */
  execute?(execution: ObservedCall & { readonly size: number }): Observed<ExecutionEnd> | undefined;
  /** A training is to be recorded. It ends when it is recorded or refused. */
  train?(call: ObservedCall & { readonly runId: string }): Observed<{ readonly error?: ErrorCode }> | undefined;
  /** An attempt of a run begins. It ends with the event that ended it. `traceparent` is that of the call of `train`. */
  run?(run: {
    readonly model: string;
    readonly runId: string;
    readonly attempt: number;
    readonly traceparent: string | undefined;
    readonly owner: string | undefined;
  }): Observed<{ readonly type: RunFact["type"] | "stale" }> | undefined;
  /** An operation of the store begins: the name of its method. */
  store?(operation: {
    readonly name: string;
    /** Undefined for an operation that is not about one run. */
    readonly runId: string | undefined;
  }): Observed<{ readonly error?: ErrorCode }> | undefined;
}

export interface PredictEnd {
  readonly error?: ErrorCode;
  /** The weights version that answered. Undefined if none did. */
  readonly version?: number | undefined;
}

export interface ExecutionEnd {
  /** Calls of it that failed. */
  readonly failed: number;
  /** The calls of a failed batch are executed again one by one. */
  readonly retried: boolean;
}

/** Hooks around what an adapter does. */
export interface AdapterObserver {
  /** A request or an RPC call arrived. */
  request?(request: ObservedRequest): Observed<RequestEnd> | undefined;
}

export interface ObservedRequest {
  readonly adapter: "rest" | "ws";
  readonly requestId: string;
  /** Undefined if the client sent none. */
  readonly traceparent: string | undefined;
  /** Of an HTTP request: "GET". Undefined for an RPC call, and for an HTTP request that cannot be parsed. */
  readonly method: string | undefined;
  /** Of an HTTP request: its path, without the query, which may have secrets. Undefined as `method` is. */
  readonly path: string | undefined;
}

export interface RequestEnd {
  /** The name of the route, or the RPC method. Undefined if there is none for the request. */
  readonly operation: string | undefined;
  /** The model that was asked for. Undefined if there is none of this name. */
  readonly model: string | undefined;
  readonly runId: string | undefined;
  /** The id of the caller. Undefined if there was none. */
  readonly caller: string | undefined;
  /** Status of the HTTP response; of an RPC call that of the same response over HTTP. */
  readonly status: number;
  /** Undefined if the request succeeded. */
  readonly error: ErrorCode | undefined;
  /** The client has got the whole response. */
  readonly complete: boolean;
}

/** Hooks around the methods of models, in the process in which they run: `modelObserver` of `createHost`, `observer` of `workers`. */
export interface ModelObserver {
  /**
   * Calls `work`, which calls the model, and returns what it returns: a promise, or an iterator of a stream. What the model
   * does within can be given a context, such as the active span.
   */
  call?<T>(call: ObservedModelCall, work: () => T): T;
  /** Called after the models were closed, and awaited: their process ends. */
  close?(): Promise<void>;
}

export interface ObservedModelCall {
  readonly model: string;
  readonly method: "predict" | "predictBatch" | "predictStream" | "train";
  /** Undefined for a training. */
  readonly requestId: string | undefined;
  /** Undefined for a predict. */
  readonly runId: string | undefined;
  readonly traceparent: string | undefined;
}

/** The names of the hooks. */
export const hostHooks = [
  "predict",
  "wait",
  "execute",
  "train",
  "run",
  "store",
] as const satisfies (keyof HostObserver)[];

export const adapterHooks = ["request"] as const satisfies (keyof AdapterObserver)[];
