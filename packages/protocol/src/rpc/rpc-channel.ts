// The part of an RPC connection that both sides share: long messages and attached files.
import { DeepaasError, type ErrorData, type FileSource, type JsonValue, type ModelFile } from "@deepaas/core";
import { AttachmentIn } from "./attachment-in.ts";
import { AttachmentOut } from "./attachment-out.ts";
import { binaryFrameFrom, frameKinds } from "./binary-frame.ts";
import { framesOfLong, LongMessages } from "./long-message.ts";
import { maxFrameBytes } from "./rpc-limits.ts";
import { errorFromWire, notificationText } from "./rpc-messages.ts";
import { BadMessage, type RpcSocket } from "./rpc-socket.ts";
import { type FileRef, fromWire, toWire } from "./wire-values.ts";

export interface ChannelOptions {
  /** Bytes of all incomplete long messages. */
  readonly maxMessageBytes: number;
  /** Files that may be received at the same time. */
  readonly maxAttachments: number;
  /** Called for each text message. */
  readonly onText: (text: string) => void;
}

/** A value in its wire form, and the files to send after it. */
export interface Outgoing {
  readonly value: JsonValue;
  /** In bytes. Absent if the size of a file is unknown. */
  readonly totalBytes?: number;
  readonly files: readonly AttachmentOut[];
}

export class RpcChannel {
  readonly socket: RpcSocket;
  readonly #options: ChannelOptions;
  readonly long: LongMessages;
  /** By the id of the file. */
  readonly sending = new Map<number, AttachmentOut>();
  /** By the id of the file. */
  readonly receiving = new Map<number, AttachmentIn>();
  #lastOut = 0;
  #lastIn = -1;
  #lastLong = 0;
  #end: DeepaasError | undefined;

  constructor(socket: RpcSocket, options: ChannelOptions) {
    this.socket = socket;
    this.#options = options;
    this.long = new LongMessages(options.maxMessageBytes);
  }

  send(text: string): void | Promise<void> {
    const frames = framesOfLong(text, () => ++this.#lastLong);
    if (!frames) return this.socket.send(text);
    const rooms = frames.map((frame) => this.socket.send(frame));
    return rooms.at(-1);
  }

  /** Throws a `BadMessage` if the connection must be closed. */
  received(data: string | Uint8Array): void {
    if (data.length > maxFrameBytes) throw new BadMessage(1009, "too_large: a frame");
    if (typeof data === "string") this.#options.onText(data);
    else this.#receivedBytes(data);
  }

  /** Handles a notification about files. Returns false for any other notification. */
  noted(method: string, params: Readonly<Record<string, unknown>>): boolean {
    if (method !== "$/ack" && method !== "$/drop" && method !== "$/fail") return false;
    const { attachment: id, bytes, error } = params;
    if (typeof id !== "number") return true;
    if (method === "$/ack" && typeof bytes === "number" && bytes > 0) this.sending.get(id)?.taken(bytes);
    if (method === "$/drop") {
      this.sending.get(id)?.stop();
      this.sending.delete(id);
    }
    if (method === "$/fail") this.#finish(id, errorFromWire(error));
    return true;
  }

  /** Replaces the files in `value` by references. Pass the result to `sendFiles` after the message was sent. */
  outgoing(value: unknown, onSent?: (bytes: number) => void): Outgoing {
    const files: AttachmentOut[] = [];
    const wire = toWire(value, (file: FileSource) => {
      const out = new AttachmentOut(++this.#lastOut, file, onSent);
      files.push(out);
      return out.ref;
    });
    const sizes = files.map(({ ref }) => ref.size ?? Number.NaN);
    const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
    return { value: wire, files, ...(!Number.isNaN(totalBytes) && { totalBytes }) };
  }

  /** Resolves when all files were sent or failed: to the error of the first that failed. */
  async sendFiles({ files }: Outgoing): Promise<ErrorData | undefined> {
    const sent = files.map(async (out) => {
      this.sending.set(out.ref.id, out);
      const failure = await out.send(this.socket);
      this.sending.delete(out.ref.id);
      return failure;
    });
    return (await Promise.all(sent)).find((failure) => failure !== undefined);
  }

  stopFiles({ files }: Outgoing): void {
    for (const out of files) out.stop();
  }

  /**
   * Returns the received value with its files, which are also added to `opened` by the id of their reference. Throws
   * `overloaded` for too many files, `invalid_args` for an invalid reference, a `BadMessage` for a reference that was used before.
   */
  incoming(value: JsonValue, opened = new Map<number, ModelFile>()): unknown {
    try {
      return fromWire(value, (ref) => {
        const file = this.#open(ref);
        opened.set(ref.id, file);
        return file;
      });
    } catch (error) {
      this.refuse(value);
      throw error;
    }
  }

  /** Discards the files in `value`, which nothing will read. */
  refuse(value: JsonValue): void {
    try {
      fromWire(value, ({ id }) => {
        if (id > this.#lastIn) this.#lastIn = id;
        this.drop(id);
      });
    } catch {
      // An invalid reference refers to no file.
    }
  }

  /** Fails every file with `error`, because the socket is closed. */
  close(error: DeepaasError): void {
    this.#end = error;
    for (const out of this.sending.values()) out.stop();
    for (const id of [...this.receiving.keys()]) this.#finish(id, error);
  }

  #receivedBytes(data: Uint8Array): void {
    const frame = binaryFrameFrom(data);
    if (!frame) throw new BadMessage(4400, "invalid_args: a binary frame has no head");
    const { kind, id, content } = frame;
    if (kind === frameKinds.messagePart || kind === frameKinds.messageEnd) {
      const text = this.long.part(id, content, kind === frameKinds.messageEnd);
      if (text !== undefined) this.#options.onText(text);
      return;
    }
    if (id > this.#lastIn) throw new BadMessage(4400, "invalid_args: a binary frame belongs to no file");
    const attachment = this.receiving.get(id);
    attachment?.part(content);
    if (kind === frameKinds.fileEnd) this.#finish(id);
  }

  #open(ref: FileRef): ModelFile {
    const { id } = ref;
    if (id <= this.#lastIn) throw new BadMessage(4400, "invalid_args: the id of a file was used before");
    this.#lastIn = id;
    if (this.receiving.size >= this.#options.maxAttachments) {
      throw new DeepaasError("overloaded", "Too many files on this connection.", { retryAfterMs: 1_000 });
    }
    const attachment = new AttachmentIn(ref, {
      ack: (bytes) => void this.socket.send(notificationText("$/ack", { attachment: id, bytes })),
      drop: () => this.drop(id),
    });
    if (this.#end) attachment.finish(this.#end);
    else this.receiving.set(id, attachment);
    return attachment.file;
  }

  /** Discards the rest of a file that is being received. */
  drop(id: number): void {
    this.receiving.delete(id);
    if (!this.#end) void this.socket.send(notificationText("$/drop", { attachment: id }));
  }

  #finish(id: number, error?: DeepaasError): void {
    const attachment = this.receiving.get(id);
    this.receiving.delete(id);
    attachment?.finish(error);
  }
}
