// One RPC channel whose other side is the test, and what such a test sends.
import { DeepaasError, type JsonValue, modelFile } from "@deepaas/core";
import { type BinaryFrame, binaryFrameFrom, frameKinds, toBinaryFrame } from "../rpc/binary-frame.ts";
import { type ChannelOptions, RpcChannel } from "../rpc/rpc-channel.ts";
import type { BadMessage } from "../rpc/rpc-socket.ts";

type Sent = string | Uint8Array<ArrayBuffer>;

export function channel(options: Partial<ChannelOptions> = {}, room?: () => void | Promise<void>) {
  const sent: Sent[] = [];
  const texts: string[] = [];
  const socket = {
    send(message: Sent) {
      sent.push(message);
      return room?.();
    },
    close: () => {},
  };
  const one = new RpcChannel(socket, {
    maxMessageBytes: 0,
    maxAttachments: 10,
    onText: (text) => texts.push(text),
    ...options,
  });
  const frames = () =>
    sent.filter((message) => typeof message !== "string").map((bytes) => binaryFrameFrom(bytes) as BinaryFrame);
  const notes = () =>
    sent
      .filter((message) => typeof message === "string")
      .map((text) => JSON.parse(text) as { method: string; params: Record<string, unknown> })
      .map(({ method, params }) => ({ method, ...params }));
  return { channel: one, sent, texts, frames, notes };
}

export const ref = (id: number, more: object = {}) =>
  ({ $file: { id, contentType: "text/plain", ...more } }) as JsonValue;
export const bytes = (text: string) => new TextEncoder().encode(text);
export const part = (id: number, text: string) =>
  toBinaryFrame({ kind: frameKinds.filePart, id, content: bytes(text) });
export const last = (id: number, text = "") => toBinaryFrame({ kind: frameKinds.fileEnd, id, content: bytes(text) });
export const turn = () => new Promise(setImmediate);
export const rejection = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error as DeepaasError,
  );
export const thrown = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return error as BadMessage & DeepaasError;
  }
  return undefined;
};
export const lost = new DeepaasError("unavailable", "The connection dropped.");

/** A file whose content the test enqueues. */
export function openFile() {
  let controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (given) => {
      controller = given;
    },
    cancel: () => {
      cancelled = true;
    },
  });
  return {
    file: modelFile(stream, { contentType: "text/plain" }),
    add: (content: Uint8Array<ArrayBuffer>) => controller?.enqueue(content),
    fail: (error: Error) => controller?.error(error),
    cancelled: () => cancelled,
  };
}
