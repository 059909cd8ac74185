// A `ModelService` over one WebSocket, for the RPC endpoint of `@deepaas/ws`.
import {
  abortReason,
  type CallOptions,
  type DeepaasError,
  type JsonValue,
  type ModelDescription,
  type ModelFile,
  type ModelMetadata,
  type ModelService,
  type ModelVersions,
  type Page,
  type Run,
  type RunEvent,
  rejectUnknownOptions,
  type ServiceStats,
  type ServiceStatus,
  typedModel,
} from "@deepaas/core";
import type { Outgoing, RpcMethod } from "@deepaas/protocol/rpc";
import type { ConnectedService, UploadOptions } from "../connected-service.ts";
import { maxTimeoutMs, signalOf } from "../rest-call.ts";
import { ItemQueue, type PendingCall } from "./pending-call.ts";
import type { WsConnection } from "./ws-connection.ts";
import { type ConnectWsOptions, WsLink } from "./ws-link.ts";

export interface ConnectedWs extends ConnectedService {
  /** Ends all calls and refuses new ones with `cancelled`. May be called twice. */
  close(): void;
}

interface Call {
  readonly params: object;
  /** May hold files. */
  readonly args?: unknown;
  readonly options?: UploadOptions | undefined;
}

/** Items that may arrive before they are read. An item of a stream may be large. */
const streamCredit = 16;
const watchCredit = 256;

/**
 * `url` is the server's address with its base path, with `http:` or `ws:`. The first call opens the socket, and the first one
 * after a lost connection opens it again. Every method rejects as the remote service does. A server that cannot be reached and
 * a connection lost during a call are `unavailable`; no call is sent twice. Throws a TypeError for an unknown option.
 */
export function connectWs(url: string | URL, options: ConnectWsOptions = {}): ConnectedWs {
  rejectUnknownOptions("connectWs", options, {
    token: true,
    WebSocket: true,
    connectTimeoutMs: true,
    heartbeatMs: true,
  });
  const link = new WsLink(url, options);
  const ask = <T>(method: RpcMethod, params: object, options?: CallOptions) =>
    callOver(link, method, { params, options }) as Promise<T>;
  const askWith = <T>(method: RpcMethod, call: Call) => callOver(link, method, call) as Promise<T>;
  const service: ModelService = {
    status: (options) => ask<ServiceStatus>("status", {}, options),
    stats: (options) => ask<ServiceStats>("stats", {}, options),
    models: (options) => ask<readonly ModelMetadata[]>("models", {}, options),
    describe: (model, options) => ask<ModelDescription>("describe", { model }, options),
    predict: (model, args, options) => askWith<JsonValue | ModelFile>("predict", { params: { model }, args, options }),
    predictStream: (model, args, options) =>
      streamOver(link, "predictStream", { params: { model, credit: streamCredit }, args, options }),
    train: (model, args, options) => askWith<Run>("train", { params: { model, runId: options?.runId }, args, options }),
    run: (id, options) => ask<Run>("run", { id }, options),
    runs: (filter, options) => ask<Page<Run>>("runs", { filter }, options),
    cancel: (id, options) => ask<Run>("cancel", { id }, options),
    async remove(id, options) {
      await ask("remove", { id }, options);
    },
    watch: (id, options) =>
      streamOver<RunEvent>(link, "watch", { params: { id, after: options?.after, credit: watchCredit }, options }),
    artifact: (id, name, options) => ask<ModelFile>("artifact", { id, name }, options),
    versions: (model, options) => ask<ModelVersions>("versions", { model }, options),
    serveVersion: (model, version, options) => ask<ModelVersions>("serveVersion", { model, version }, options),
    async removeVersion(model, version, options) {
      await ask("removeVersion", { model, version }, options);
    },
  };
  return { ...service, model: (name) => typedModel(service, name), close: () => link.close() };
}

async function callOver(link: WsLink, method: RpcMethod, call: Call): Promise<unknown> {
  const signal = call.options && signalOf(call.options);
  if (signal?.aborted) throw abortReason(signal);
  const connection = link.opened ?? (await link.open(signal));
  return new Promise((resolve, reject: (error: DeepaasError) => void) => {
    const sent = prepared(connection, call);
    const leave = () => {
      connection.leave(pending);
      reject(abortReason(signal as AbortSignal));
    };
    const pending: PendingCall = {
      id: connection.nextId(),
      outgoing: sent.outgoing,
      givesFiles: method === "predict" || method === "artifact",
      answer(result) {
        signal?.removeEventListener("abort", leave);
        resolve(result);
      },
      fail(error) {
        signal?.removeEventListener("abort", leave);
        reject(error);
      },
      item: () => {},
      onVersion: call.options?.onVersion,
    };
    signal?.addEventListener("abort", leave, { once: true });
    connection.start(pending, method, sent.params);
  });
}

async function* streamOver<T extends JsonValue | RunEvent>(
  link: WsLink,
  method: "watch" | "predictStream",
  call: Call,
): AsyncGenerator<T, void, undefined> {
  const signal = call.options && signalOf(call.options);
  if (signal?.aborted) throw abortReason(signal);
  const connection = link.opened ?? (await link.open(signal));
  const queue = new ItemQueue<T>(signal);
  const sent = prepared(connection, call);
  const id = connection.nextId();
  const pending: PendingCall = {
    id,
    outgoing: sent.outgoing,
    givesFiles: false,
    answer: () => queue.end(),
    fail: (error) => queue.end(error),
    item: (item) => queue.push(item as T),
    onVersion: call.options?.onVersion,
  };
  const portion = (method === "watch" ? watchCredit : streamCredit) / 2;
  let taken = 0;
  connection.start(pending, method, sent.params);
  try {
    yield* queue.read(() => {
      if (++taken < portion) return;
      taken = 0;
      connection.note("$/credit", { id, items: portion });
    });
  } finally {
    if (!queue.ended) connection.leave(pending);
  }
}

/** Throws `invalid_args` for arguments that cannot be sent. */
function prepared(connection: WsConnection, call: Call): { readonly params: object; readonly outgoing?: Outgoing } {
  const { params, options: { requestId, timeoutMs, traceparent, onVersion, onUploadProgress } = {} } = call;
  const all = {
    ...params,
    ...(requestId !== undefined && { requestId }),
    ...(timeoutMs !== undefined && { timeoutMs: Math.min(timeoutMs, maxTimeoutMs) }),
    ...(traceparent !== undefined && { traceparent }),
    ...(onVersion && { weightsVersion: true }),
  };
  if (!("args" in call)) return { params: all };
  let bytes = 0;
  const outgoing: Outgoing = connection.outgoing(
    call.args,
    onUploadProgress &&
      ((more) => {
        bytes += more;
        onUploadProgress({ bytes, ...(outgoing.totalBytes !== undefined && { total: outgoing.totalBytes }) });
      }),
  );
  return { params: { ...all, args: outgoing.value }, ...(outgoing.files.length > 0 && { outgoing }) };
}
