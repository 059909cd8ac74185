// Runs one RPC call.

import type { ModelService, Run } from "@deepaas/core";
import { DeepaasError, isModelFile } from "@deepaas/core";
import { eventText } from "@deepaas/protocol";
import { type CallId, plainWireText, type RpcChannel, type RpcMethod } from "@deepaas/protocol/rpc";
import { callService, isStreamMethod, type ServiceCall, streamFrom, watchFrom } from "./call-service.ts";
import type { Credit } from "./credit.ts";
import type { ObservedCall } from "./observed-call.ts";

export interface RunningCall {
  readonly id: CallId;
  readonly method: RpcMethod;
  readonly requestId: string;
  readonly abort: AbortController;
  /** Flow control of a watch or a stream. */
  readonly credit: Credit;
  /** The member `weightsVersion` of the response or of the first item, with its comma; "" if it is not asked for or unknown. */
  version: string;
  readonly observed: ObservedCall | undefined;
}

export interface CallSurroundings {
  readonly service: ModelService;
  readonly channel: RpcChannel;
  readonly maxAttachments: number;
  send(text: string): void | Promise<void>;
}

/** Sends the result. Returns a promise if a file follows it. */
export type SendResult = () => void | Promise<void>;

/** Rejects as the service does. */
export async function runCall(
  running: RunningCall,
  call: ServiceCall,
  surroundings: CallSurroundings,
): Promise<SendResult> {
  const { method } = running;
  const { service, send } = surroundings;
  const id = JSON.stringify(running.id);
  running.observed?.asked();
  if (isStreamMethod(method)) {
    if (method === "watch") {
      const head = `{"jsonrpc":"2.0","method":"$/event","params":{"id":${id},"event":`;
      await sendItems(watchFrom(service, call), running, (event) => send(`${head}${eventText(event)}}}`));
    } else {
      const head = `{"jsonrpc":"2.0","method":"$/item","params":{"id":${id},"item":`;
      await sendItems(streamFrom(service, call), running, (item) => {
        const { version } = running;
        running.version = "";
        return send(`${head}${JSON.stringify(item)}${version}}}`);
      });
    }
    return () => void send(`{"jsonrpc":"2.0","id":${id},"result":null}`);
  }
  const result = (await callService(service, method, call)) ?? null;
  if (method === "train" || method === "run" || method === "cancel")
    running.observed?.returned(result as unknown as Run);
  if (!isModelFile(result)) {
    const text = method === "predict" ? plainWireText(result) : JSON.stringify(result);
    return () => void send(`{"jsonrpc":"2.0","id":${id},"result":${text}${running.version}}`);
  }
  if (surroundings.channel.sending.size >= surroundings.maxAttachments) {
    void result.stream().cancel();
    throw new DeepaasError("overloaded", "Too many files on this connection.", { retryAfterMs: 1_000 });
  }
  return async () => {
    const outgoing = surroundings.channel.outgoing(result);
    void send(`{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify(outgoing.value)}${running.version}}`);
    const failure = await surroundings.channel.sendFiles(outgoing);
    if (failure) running.observed?.fileFailed(failure);
  };
}

/** Reads the next item only if the client has credit and the socket has sent the last item. */
async function sendItems<T>(
  items: AsyncIterable<T>,
  { credit, abort: { signal } }: RunningCall,
  send: (item: T) => void | Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const wait = credit.wait(signal);
      if (wait) await wait;
      const next = await iterator.next();
      if (next.done) return;
      credit.take();
      const flushed = send(next.value);
      if (flushed) await flushed;
    }
  } finally {
    // Not awaited: a model that hangs must not hold the call.
    void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}
