// One RPC connection, without a socket library. Messages are handled in order; calls run concurrently.
import {
  type Caller,
  DeepaasError,
  errorDataFrom,
  type JsonValue,
  type ModelFile,
  type ModelService,
} from "@deepaas/core";
import { isRequestId, isTraceparent } from "@deepaas/protocol";
import {
  BadMessage,
  type CallId,
  defaultCredit,
  dropFiles,
  errorText,
  fromWire,
  isCallId,
  isRpcMethod,
  mayRefer,
  notificationText,
  RpcChannel,
  type RpcMethod,
  type RpcParams,
  type RpcSocket,
  rpcParamIssues,
  sweepChannel,
} from "@deepaas/protocol/rpc";
import { isStreamMethod } from "./call-service.ts";
import { Credit } from "./credit.ts";
import { ObservedCall, type ObservedMessage, type Observing } from "./observed-call.ts";
import { type CallMessage, readMessage } from "./read-message.ts";
import { discardFiles, keepFiles, type RpcOptions } from "./rpc-options.ts";
import { type CallSurroundings, type RunningCall, runCall, type SendResult } from "./run-call.ts";

type ConnectionOptions = RpcOptions & {
  readonly caller?: Caller | undefined;
  /** Undefined if nobody observes. */
  readonly observing?: Observing | undefined;
};

export class Connection {
  readonly #socket: RpcSocket;
  readonly #options: ConnectionOptions;
  readonly #channel: RpcChannel;
  readonly #surroundings: CallSurroundings;
  readonly #calls = new Map<CallId, RunningCall>();
  #subscriptions = 0;
  #slow: Promise<void> | undefined;
  #ended = false;
  #drained: PromiseWithResolvers<void> | undefined;

  constructor(service: ModelService, socket: RpcSocket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    const { maxMessageBytes, maxAttachments } = options;
    const onText = (text: string) => this.#onText(text);
    this.#channel = new RpcChannel(socket, { maxMessageBytes, maxAttachments, onText });
    this.#surroundings = { service, channel: this.#channel, maxAttachments, send: (text) => this.#send(text) };
  }

  /** Returns a promise if the client reads too slowly: read no further messages from it until the promise resolves. */
  received(message: string | Uint8Array): void | Promise<void> {
    this.#guarded(() => this.#channel.received(message));
    return this.#slow;
  }

  closed(code: number): void {
    this.#ended = true;
    const gone = new DeepaasError("cancelled", `The client disconnected (${code}).`);
    for (const { abort } of this.#calls.values()) abort.abort(gone);
    this.#channel.close(gone);
  }

  drain(): Promise<void> {
    this.#drained ??= Promise.withResolvers();
    this.#resolveDrained();
    return this.#drained.promise;
  }

  /** Fails the files and messages that made no progress since the last sweep. */
  sweep(): void {
    this.#guarded(() => sweepChannel(this.#channel));
  }

  #guarded(work: () => void): void {
    if (this.#ended) return;
    try {
      work();
    } catch (error) {
      const bad = error instanceof BadMessage;
      if (!bad) this.#options.logger.error({ err: error }, "message failed");
      const { code, reason } = bad ? error.close : { code: 1011, reason: "internal: see the server's log" };
      this.#ended = true;
      this.#socket.close(code, reason);
    }
  }

  #onText(text: string): void {
    const message = readMessage(text);
    if (message.kind === "call") this.#call(message, mayRefer(text));
    else if (message.kind === "notification") this.#onNotification(message.method, message.params);
    else {
      const { id, code, message: sentence } = message;
      const observed = this.#observe({ requestId: crypto.randomUUID(), method: undefined, params: {} });
      void this.#send(errorText(id, { code: "invalid_args", message: sentence }, code));
      observed?.end(new DeepaasError("invalid_args", sentence), !this.#ended);
    }
  }

  #onNotification(method: string, params: RpcParams): void {
    if (this.#channel.noted(method, params)) return;
    if (method === "$/ping") void this.#send(notificationText("$/pong", {}));
    const { id, items } = params;
    const running = isCallId(id) ? this.#calls.get(id) : undefined;
    if (method === "$/cancel") running?.abort.abort(new DeepaasError("cancelled", "The caller cancelled the call."));
    if (method === "$/credit" && typeof items === "number" && items > 0) running?.credit.add(items);
  }

  #call(message: CallMessage, refers: boolean): void {
    const { id, params } = message;
    if (this.#calls.has(id)) throw new BadMessage(4409, "already_exists: the id of a call in progress");
    const requestId = isRequestId(params.requestId) ? params.requestId : crypto.randomUUID();
    const observed = this.#observe({ requestId, method: message.method, params });
    const refusal = this.#refusalOf(message);
    const files = new Map<number, ModelFile>();
    let args: unknown = params.args;
    try {
      if (refusal) throw refusal;
      if (refers && args !== undefined) args = this.#channel.incoming(args as JsonValue, files);
    } catch (error) {
      if (error instanceof BadMessage) {
        observed?.end(new DeepaasError("invalid_args", error.message), false);
        throw error;
      }
      if (refusal && refers) this.#channel.refuse(params as JsonValue);
      void this.#send(errorText(id, errorDataFrom(error)));
      observed?.end(error, !this.#ended);
      return;
    }
    const method = message.method as RpcMethod;
    const credit = new Credit(typeof params.credit === "number" ? params.credit : defaultCredit);
    const running: RunningCall = { id, method, requestId, abort: new AbortController(), credit, version: "", observed };
    this.#calls.set(id, running);
    if (isStreamMethod(method)) this.#subscriptions++;
    const call = { params, args, options: this.#optionsOf(params, running) };
    if (files.size === 0) void this.#answer(running, runCall(running, call, this.#surroundings));
    else {
      const run = (args: unknown) => runCall(running, { ...call, args }, this.#surroundings);
      void this.#withFiles(running, files, { args: params.args as JsonValue, run });
    }
  }

  #refusalOf({ method, params }: CallMessage): DeepaasError | undefined {
    if (!isRpcMethod(method)) {
      return new DeepaasError("not_implemented", `No method ${JSON.stringify(method.slice(0, 100))}.`);
    }
    const issues = rpcParamIssues(method, params);
    if (issues[0]) return new DeepaasError("invalid_args", issues[0].message, { issues });
    if (this.#drained) return new DeepaasError("unavailable", "The server is shutting down.", { retryAfterMs: 1_000 });
    const { maxCalls, maxSubscriptions } = this.#options;
    const full = this.#calls.size >= maxCalls || (isStreamMethod(method) && this.#subscriptions >= maxSubscriptions);
    if (!full) return undefined;
    return new DeepaasError("overloaded", "Too many calls on this connection.", { retryAfterMs: 1_000 });
  }

  #observe(message: Omit<ObservedMessage, "caller">): ObservedCall | undefined {
    const { observing, caller } = this.#options;
    return observing && new ObservedCall({ ...message, caller }, observing);
  }

  #optionsOf(params: RpcParams, running: RunningCall) {
    const { caller } = this.#options;
    const { timeoutMs, weightsVersion } = params;
    const { traceparent } = running.observed ?? params;
    return {
      signal: running.abort.signal,
      ...(weightsVersion === true && {
        onVersion: (version: number) => {
          running.version = `,"weightsVersion":${version}`;
        },
      }),
      requestId: running.requestId,
      ...(typeof timeoutMs === "number" && { timeoutMs }),
      ...(isTraceparent(traceparent) && { traceparent }),
      ...(caller && { caller }),
    };
  }

  /** Waits for the files before it starts the call, so that a model can read them more than once. */
  async #withFiles(
    running: RunningCall,
    files: ReadonlyMap<number, ModelFile>,
    { args, run }: { readonly args: JsonValue; readonly run: (args: unknown) => Promise<SendResult> },
  ): Promise<void> {
    const { signal } = running.abort;
    const onAbort = () => dropFiles(this.#channel, files.keys(), signal.reason as DeepaasError);
    signal.addEventListener("abort", onAbort);
    const stored = keepFiles(files, this.#options);
    const started = stored.then((kept) => run(fromWire(args, ({ id }) => kept.get(id)?.file)));
    // The files stay until the result is sent: it may be one of them.
    await this.#answer(running, started);
    signal.removeEventListener("abort", onAbort);
    dropFiles(this.#channel, files.keys(), new DeepaasError("cancelled", "The call ended."));
    await stored.then(discardFiles, () => {});
  }

  async #answer(running: RunningCall, started: Promise<SendResult>): Promise<void> {
    const { id, method } = running;
    let sendResult: SendResult;
    let failure: unknown;
    try {
      sendResult = await started;
    } catch (error) {
      failure = error;
      if (!DeepaasError.is(error))
        this.#options.logger.error({ err: error, requestId: running.requestId, method }, "call failed");
      const text = errorText(id, errorDataFrom(error));
      sendResult = () => void this.#send(`${text.slice(0, -1)}${running.version}}`);
    }
    // Before the result is sent: the client may reuse the id at once.
    this.#calls.delete(id);
    if (isStreamMethod(method)) this.#subscriptions--;
    const sent = sendResult();
    this.#resolveDrained();
    if (sent) await sent;
    running.observed?.end(failure, !this.#ended);
  }

  #send(text: string): void | Promise<void> {
    if (this.#ended) return;
    const flushed = this.#channel.send(text);
    if (!flushed) return;
    this.#slow = flushed;
    void flushed.finally(() => {
      if (this.#slow === flushed) this.#slow = undefined;
    });
    return flushed;
  }

  #resolveDrained(): void {
    if (this.#drained && this.#calls.size === this.#subscriptions) this.#drained.resolve();
  }
}
