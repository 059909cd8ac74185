// A request as the routes see it: Node's own objects, without the web framework.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type Caller, type CallOptions, DeepaasError, type ErrorCode, type ObjectSchema } from "@deepaas/core";
import { isTraceparent, type RouteName } from "@deepaas/protocol";

/** What is known about a call by the time it fails. The error response is written from it. */
export interface ErrorContext {
  model?: string;
  schema?: ObjectSchema;
  args?: unknown;
  /** The body looks like JSON, but its content type says that it is a form. */
  isJsonAsForm?: boolean;
  /** The requested cursor of a log. */
  cursor?: number;
}

export interface RequestParts {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Without the query. */
  readonly path: string;
  /** Without the question mark. */
  readonly querystring: string;
  readonly requestId: string;
  /** Prefix of the path that a proxy removed; "" without one. */
  readonly prefix: string;
  readonly responseHeaders: string[];
}

export class HttpRequest {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly path: string;
  readonly querystring: string;
  readonly requestId: string;
  readonly prefix: string;
  readonly errorContext: ErrorContext = {};
  /** Of the response, also if it becomes an error: name, value, name, value. */
  readonly responseHeaders: string[];
  /** Who calls. Undefined without `authenticate`, and on the routes that are open to everybody. */
  caller: Caller | undefined;
  /** Undefined until a route was found. */
  operation: RouteName | undefined;
  /** The model that the path names, which need not exist, or that of a run. */
  askedModel: string | undefined;
  runId: string | undefined;
  /** Of the response, or of a stream that failed after its headers. */
  errorCode: ErrorCode | undefined;
  /** Of the client, or of the span that an observer has begun. */
  traceparent: string | undefined;
  #gone: AbortSignal | undefined;

  constructor({ req, res, path, querystring, requestId, prefix, responseHeaders }: RequestParts) {
    this.req = req;
    this.res = res;
    this.path = path;
    this.querystring = querystring;
    this.requestId = requestId;
    this.prefix = prefix;
    this.responseHeaders = responseHeaders;
    this.caller = undefined;
    this.operation = undefined;
    this.askedModel = undefined;
    this.runId = undefined;
    this.errorCode = undefined;
    const { traceparent } = req.headers;
    this.traceparent = isTraceparent(traceparent) ? traceparent : undefined;
  }

  get method(): string {
    return this.req.method ?? "GET";
  }

  /** Returns "" for a header that is absent. `name` in lower case. */
  header(name: string): string {
    const value = this.req.headers[name];
    return Array.isArray(value) ? value.join(", ") : (value ?? "");
  }

  /** Aborted when the client disconnects; of an HTTP/1 connection, all requests have the same signal. */
  get clientGoneSignal(): AbortSignal {
    this.#gone ??= this.req.httpVersionMajor === 1 ? connectionSignal(this.req.socket) : responseSignal(this.res);
    return this.#gone;
  }
}

const connectionSignals = new WeakMap<Socket, AbortSignal>();

/** Hot path: a signal and a listener for each connection, not for each request. */
function connectionSignal(socket: Socket): AbortSignal {
  const known = connectionSignals.get(socket);
  if (known) return known;
  const controller = new AbortController();
  const { signal } = controller;
  const abort = () => controller.abort(disconnected());
  if (socket.destroyed) abort();
  else socket.once("close", abort);
  connectionSignals.set(socket, signal);
  return signal;
}

const disconnected = (): DeepaasError => new DeepaasError("cancelled", "The client disconnected.");

/** HTTP/2 has many requests at the same time in one connection. */
function responseSignal(res: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const abort = () => {
    if (!res.writableFinished) controller.abort(disconnected());
  };
  if (res.destroyed || res.closed) abort();
  else res.once("close", abort);
  return controller.signal;
}

/** For calls that go on when their client disconnects. */
export function detachedCallOptions({ requestId, traceparent, caller }: HttpRequest): CallOptions {
  const options: { -readonly [K in keyof CallOptions]: CallOptions[K] } = { requestId };
  if (traceparent !== undefined) options.traceparent = traceparent;
  if (caller) options.caller = caller;
  return options;
}

/** For calls that are aborted when their client disconnects. */
export function callOptions(request: HttpRequest): CallOptions & { readonly signal: AbortSignal } {
  return Object.assign(detachedCallOptions(request), { signal: request.clientGoneSignal });
}
