// One call on its way through the service.

import type { ModelService } from "@deepaas/core";
import { DeepaasError, isModelFile } from "@deepaas/core";
import { eventText } from "@deepaas/protocol";
import { type CallId, plainWireText, type RpcChannel, type RpcMethod } from "@deepaas/protocol/rpc";
import { callService, isStreamMethod, type ServiceCall, streamFrom, watchFrom } from "./call-service.ts";
import type { Credit } from "./credit.ts";

export interface RunningCall {
  readonly id: CallId;
  readonly method: RpcMethod;
  readonly abort: AbortController;
  /** Of a watch or a stream: how much more the client lets come. */
  readonly credit: Credit;
}

export interface CallSurroundings {
  readonly service: ModelService;
  readonly channel: RpcChannel;
  readonly maxAttachments: number;
  send(text: string): void | Promise<void>;
}

/** Tells the client the answer; a promise: a file follows it. */
export type Answer = () => void | Promise<void>;

/** Rejects as the service does. */
export async function runCall(running: RunningCall, call: ServiceCall, around: CallSurroundings): Promise<Answer> {
  const { method } = running;
  const { service, send } = around;
  const id = JSON.stringify(running.id);
  if (isStreamMethod(method)) {
    if (method === "watch") {
      const head = `{"jsonrpc":"2.0","method":"$/event","params":{"id":${id},"event":`;
      await tell(watchFrom(service, call), running, (event) => send(`${head}${eventText(event)}}}`));
    } else {
      const head = `{"jsonrpc":"2.0","method":"$/item","params":{"id":${id},"item":`;
      await tell(streamFrom(service, call), running, (item) => send(`${head}${JSON.stringify(item)}}}`));
    }
    return () => void send(`{"jsonrpc":"2.0","id":${id},"result":null}`);
  }
  const result = (await callService(service, method, call)) ?? null;
  if (!isModelFile(result)) {
    const text = method === "predict" ? plainWireText(result) : JSON.stringify(result);
    return () => void send(`{"jsonrpc":"2.0","id":${id},"result":${text}}`);
  }
  if (around.channel.sending >= around.maxAttachments) {
    void result.stream().cancel();
    throw new DeepaasError("overloaded", "Too many files are under way on this connection.", { retryAfterMs: 1_000 });
  }
  return () => {
    const outgoing = around.channel.outgoing(result);
    void send(`{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify(outgoing.value)}}`);
    return around.channel.sendFiles(outgoing);
  };
}

/** Asks for the next item only when the client wants one, and when the socket has taken the last. */
async function tell<T>(
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
      const room = send(next.value);
      if (room) await room;
    }
  } finally {
    // Not awaited: a model that is stuck must not keep its caller waiting.
    void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}
