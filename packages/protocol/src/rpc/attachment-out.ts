// A file that is being sent: announced in a message, then in binary frames, at most one window ahead of what the receiver has
// read.
import { type ErrorData, errorDataFrom, type FileSource, modelFile } from "@deepaas/core";
import { frameKinds, toBinaryFrame } from "./binary-frame.ts";
import { attachmentWindow, partBytes } from "./rpc-limits.ts";
import { notificationText } from "./rpc-messages.ts";
import type { RpcSocket } from "./rpc-socket.ts";
import type { FileRef } from "./wire-values.ts";

export class AttachmentOut {
  readonly ref: FileRef;
  readonly #stream: () => ReadableStream<Uint8Array>;
  readonly #onSent: ((bytes: number) => void) | undefined;
  #window = attachmentWindow;
  #opened: (() => void) | undefined;
  #stopped = false;
  #moves = 0;
  #movesBefore = -1;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  /** `onSent` is called for each chunk passed to the socket. */
  constructor(id: number, source: FileSource, onSent?: (bytes: number) => void) {
    const file = modelFile(source);
    const { contentType, size, originalFilename: name } = file;
    this.ref = { id, contentType, ...(size !== undefined && { size }), ...(name !== undefined && { name }) };
    this.#stream = () => file.stream();
    this.#onSent = onSent;
  }

  taken(bytes: number): void {
    this.#window += bytes;
    this.#moves++;
    this.#opened?.();
  }

  /** The receiver discards the rest, or is gone. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#opened?.();
    void this.#reader?.cancel().catch(() => {});
  }

  /** True if the receiver read nothing since the last sweep, although bytes are waiting. */
  stoodStill(): boolean {
    const still = this.#window <= 0 && this.#moves === this.#movesBefore;
    this.#movesBefore = this.#moves;
    return still;
  }

  /** Sends the whole file, or the error that prevented it, which it returns. Never rejects. */
  async send(socket: RpcSocket): Promise<ErrorData | undefined> {
    const { id } = this.ref;
    try {
      if (this.#stopped) return undefined;
      this.#reader = this.#stream().getReader();
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (this.#stopped) return undefined;
        if (done) break;
        for (let start = 0; start < value.length; ) {
          await this.#room();
          if (this.#stopped) return undefined;
          const content = value.subarray(start, start + Math.min(partBytes, this.#window));
          start += content.length;
          this.#window -= content.length;
          this.#moves++;
          await socket.send(
            toBinaryFrame({ kind: frameKinds.filePart, id, content: content as Uint8Array<ArrayBuffer> }),
          );
          this.#onSent?.(content.length);
        }
      }
      await socket.send(toBinaryFrame({ kind: frameKinds.fileEnd, id, content: new Uint8Array() }));
      return undefined;
    } catch (error) {
      const data = errorDataFrom(error, "The file could not be read.");
      if (this.#stopped) return undefined;
      await socket.send(notificationText("$/fail", { attachment: id, error: data }));
      return data;
    }
  }

  async #room(): Promise<void> {
    while (this.#window <= 0 && !this.#stopped) {
      await new Promise<void>((resolve) => {
        this.#opened = resolve;
      });
    }
  }
}
