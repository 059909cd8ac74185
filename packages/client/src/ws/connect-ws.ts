// A `ModelService` over one WebSocket, for the RPC endpoint of `@deepaas/ws`.
import {
  abortReason,
  type JsonValue,
  type ModelService,
  type RunEvent,
  rejectUnknownOptions,
  typedModel,
} from "@deepaas/core";
import type { RpcMethod, rpcMethods } from "@deepaas/protocol/rpc";
import type { ConnectedService, UploadOptions } from "../connected-service.ts";
import { maxTimeoutMs, signalOf } from "../rest-call.ts";
import { ItemQueue, type PendingCall } from "./pending-call.ts";
import type { WsConnection } from "./ws-connection.ts";
import { type ConnectWsOptions, defaultWsOptions, WsLink } from "./ws-link.ts";

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

type PlainMethod = Exclude<RpcMethod, "predict" | "predictStream" | "train" | "watch">;

/** The arguments of the methods that only pass them on, in their order, by the names of the params. The options follow. */
const plainParams: { readonly [M in PlainMethod]: readonly (keyof (typeof rpcMethods)[M])[] } = {
  status: [],
  stats: [],
  models: [],
  describe: ["model"],
  run: ["id"],
  runs: ["filter"],
  cancel: ["id"],
  remove: ["id"],
  metrics: ["id"],
  artifact: ["id", "name"],
  grant: ["id"],
  versions: ["model"],
  serveVersion: ["model", "version"],
  removeVersion: ["model", "version"],
};

/** Items that may arrive before they are read. An item of a stream may be large. */
const streamCredit = 16;
const watchCredit = 256;

/**
 * `url` is the server's address with its base path, with `http:` or `ws:`. The first call opens the socket, and the first one
 * after a lost connection opens it again. Every method rejects as the remote service does. A server that cannot be reached and
 * a connection lost during a call are `unavailable`; no call is sent twice. Throws a TypeError for an unknown option.
 */
export function connectWs(url: string | URL, options: ConnectWsOptions = {}): ConnectedWs {
  rejectUnknownOptions("connectWs", options, defaultWsOptions);
  const link = new WsLink(url, options);
  const ask = <T>(method: RpcMethod, call: Call) => callOver(link, method, call) as Promise<T>;
  const plain = Object.fromEntries(
    Object.entries(plainParams).map(([method, names]) => [
      method,
      (...given: readonly unknown[]) =>
        ask(method as PlainMethod, {
          params: Object.fromEntries(names.map((name, i) => [name, given[i]])),
          options: given[names.length] as UploadOptions | undefined,
        }),
    ]),
  ) as unknown as Pick<ModelService, PlainMethod>;
  const service: ModelService = {
    ...plain,
    async remove(id, options) {
      await plain.remove(id, options);
    },
    async removeVersion(model, version, options) {
      await plain.removeVersion(model, version, options);
    },
    predict: (model, args, options) => ask("predict", { params: { model }, args, options }),
    predictStream: (model, args, options) =>
      streamOver(link, "predictStream", { params: { model, credit: streamCredit }, args, options }),
    train: (model, args, options) => ask("train", { params: { model }, args, options }),
    watch: (id, options) => streamOver<RunEvent>(link, "watch", { params: { id, credit: watchCredit }, options }),
  };
  return { ...service, model: (name) => typedModel(service, name), close: () => link.close() };
}

async function callOver(link: WsLink, method: RpcMethod, call: Call): Promise<unknown> {
  const signal = call.options && signalOf(call.options);
  if (signal?.aborted) throw abortReason(signal);
  const connection = link.opened ?? (await link.open(signal));
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const { pending, params } = prepared(connection, call, {
    givesFiles: method === "predict" || method === "artifact",
    answer: resolve,
    fail: reject,
    item: () => {},
  });
  const leave = () => {
    connection.leave(pending);
    reject(abortReason(signal as AbortSignal));
  };
  signal?.addEventListener("abort", leave);
  connection.start(pending, method, params);
  try {
    return await promise;
  } finally {
    signal?.removeEventListener("abort", leave);
  }
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
  const { pending, params } = prepared(connection, call, {
    givesFiles: false,
    answer: () => queue.end(),
    fail: (error) => queue.end(error),
    item: (item) => queue.push(item as T),
  });
  const items = (method === "watch" ? watchCredit : streamCredit) / 2;
  let taken = 0;
  connection.start(pending, method, params);
  try {
    yield* queue.read(() => {
      if (++taken < items) return;
      taken = 0;
      connection.note("$/credit", { id: pending.id, items });
    });
  } finally {
    if (!queue.ended) connection.leave(pending);
  }
}

/** Throws `invalid_args` for arguments that cannot be sent. */
function prepared(
  connection: WsConnection,
  call: Call,
  handlers: Pick<PendingCall, "givesFiles" | "answer" | "fail" | "item">,
): { readonly pending: PendingCall; readonly params: object } {
  // The other members are params: those of all methods, and `runId`, `after`, `points`, `names`, `seconds`.
  const { signal: _signal, caller: _caller, timeoutMs, onVersion, onUploadProgress, ...rest } = call.options ?? {};
  let bytes = 0;
  const onSent = (more: number) => {
    bytes += more;
    const total = outgoing?.totalBytes;
    onUploadProgress?.({ bytes, ...(total !== undefined && { total }) });
  };
  const outgoing = "args" in call ? connection.outgoing(call.args, onUploadProgress && onSent) : undefined;
  return {
    pending: {
      ...handlers,
      id: connection.nextId(),
      ...(outgoing?.files.length && { outgoing }),
      onVersion,
    },
    // JSON has no undefined: members without a value are not sent.
    params: {
      ...rest,
      ...call.params,
      timeoutMs: timeoutMs && Math.min(timeoutMs, maxTimeoutMs),
      weightsVersion: onVersion && true,
      args: outgoing?.value,
    },
  };
}
